using System;
using System.IO;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;

namespace EsapiBridge.Scripts
{
    /// <summary>SHA-256 of bytes that come piece by piece, by the operating system's own fast implementation.</summary>
    public abstract class Sha256 : IDisposable
    {
        /// <summary>Makes an empty digest: Windows' own, or OpenSSL's where .NET is Mono, whose own manages 40 MB/s.</summary>
        public static Sha256 Create()
        {
            bool isMono = Type.GetType("Mono.Runtime") != null;
            return isMono && OpenSslSha256.IsAvailable ? (Sha256)new OpenSslSha256() : new FrameworkSha256();
        }

        /// <summary>The digest of some bytes, as 64 lower-case hexadecimal digits.</summary>
        public static string Of(byte[] data)
        {
            using (Sha256 digest = Create())
            {
                digest.Add(data, data.Length);
                return digest.Finish();
            }
        }

        /// <summary>The digest of a file, as 64 lower-case hexadecimal digits.</summary>
        public static string OfFile(string path)
        {
            byte[] buffer = new byte[1 << 20];
            using (Sha256 digest = Create())
            using (FileStream stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 1))
            {
                for (int count = stream.Read(buffer, 0, buffer.Length); count > 0; count = stream.Read(buffer, 0, buffer.Length))
                {
                    digest.Add(buffer, count);
                }
                return digest.Finish();
            }
        }

        /// <summary>Adds the first <paramref name="count"/> bytes of a buffer.</summary>
        public abstract void Add(byte[] buffer, int count);

        /// <summary>Ends the digest: 64 lower-case hexadecimal digits.</summary>
        public string Finish()
        {
            StringBuilder text = new StringBuilder(64);
            foreach (byte value in FinishBytes())
            {
                text.Append(value.ToString("x2"));
            }
            return text.ToString();
        }

        /// <summary>Frees what the operating system lent.</summary>
        public abstract void Dispose();

        /// <summary>Ends the digest: 32 bytes.</summary>
        protected abstract byte[] FinishBytes();

        private sealed class FrameworkSha256 : Sha256
        {
            private readonly SHA256 _digest = new SHA256Cng();

            public override void Add(byte[] buffer, int count)
            {
                _digest.TransformBlock(buffer, 0, count, null, 0);
            }

            public override void Dispose()
            {
                _digest.Dispose();
            }

            protected override byte[] FinishBytes()
            {
                _digest.TransformFinalBlock(new byte[0], 0, 0);
                return _digest.Hash;
            }
        }

        private sealed class OpenSslSha256 : Sha256
        {
            private const string Library = "libcrypto.so.3";
            private static readonly bool Available = Probe();
            private IntPtr _context = EVP_MD_CTX_new();

            public OpenSslSha256()
            {
                Require(EVP_DigestInit_ex(_context, EVP_sha256(), IntPtr.Zero));
            }

            public static bool IsAvailable
            {
                get { return Available; }
            }

            public override void Add(byte[] buffer, int count)
            {
                Require(EVP_DigestUpdate(_context, buffer, new UIntPtr((uint)count)));
            }

            public override void Dispose()
            {
                EVP_MD_CTX_free(_context);
                _context = IntPtr.Zero;
            }

            protected override byte[] FinishBytes()
            {
                byte[] result = new byte[32];
                Require(EVP_DigestFinal_ex(_context, result, IntPtr.Zero));
                return result;
            }

            private static bool Probe()
            {
                try
                {
                    return EVP_sha256() != IntPtr.Zero;
                }
                catch (TypeLoadException)
                {
                    return false; // the library, or a function of it, is not there
                }
            }

            private static void Require(int result)
            {
                if (result != 1)
                {
                    throw new CryptographicException("OpenSSL could not compute SHA-256");
                }
            }

            [DllImport(Library)]
            private static extern IntPtr EVP_sha256();

            [DllImport(Library)]
            private static extern IntPtr EVP_MD_CTX_new();

            [DllImport(Library)]
            private static extern void EVP_MD_CTX_free(IntPtr context);

            [DllImport(Library)]
            private static extern int EVP_DigestInit_ex(IntPtr context, IntPtr kind, IntPtr engine);

            [DllImport(Library)]
            private static extern int EVP_DigestUpdate(IntPtr context, byte[] data, UIntPtr count);

            [DllImport(Library)]
            private static extern int EVP_DigestFinal_ex(IntPtr context, byte[] result, IntPtr length);
        }
    }
}
