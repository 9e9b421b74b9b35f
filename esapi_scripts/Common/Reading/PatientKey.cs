using System;
using System.IO;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;

namespace EsapiBridge.Scripts
{
    /// <summary>
    /// The keyed hash that stands in for a patient: HMAC-SHA-256 of the id with the random key of this installation, the
    /// same as the Python side's <c>dicom.identity</c>, so that both ways out of Eclipse give one patient one key.
    /// </summary>
    public static class PatientKey
    {
        private const int KeyBytes = 32;

        /// <summary>Hashes a patient id; the issuer, which ESAPI does not know, counts as empty.</summary>
        public static string Of(string patientId)
        {
            byte[] identity = new UTF8Encoding(false).GetBytes(patientId.Trim() + "\0");
            using (HMACSHA256 hash = new HMACSHA256(InstallationKey()))
            {
                return BitConverter.ToString(hash.ComputeHash(identity)).Replace("-", "").ToLowerInvariant();
            }
        }

        private static byte[] InstallationKey()
        {
            string path = Path.Combine(UserFolders.Config, "patient.key");
            if (!File.Exists(path))
            {
                Make(path);
            }
            byte[] key = File.ReadAllBytes(path);
            if (key.Length != KeyBytes)
            {
                throw new BridgeException("the patient key of this installation must have 32 bytes, found " + key.Length
                    + "; ask who looks after esapi-bridge");
            }
            return key;
        }

        private static void Make(string path)
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path));
            byte[] key = new byte[KeyBytes];
            using (RandomNumberGenerator random = RandomNumberGenerator.Create())
            {
                random.GetBytes(key);
            }
            string temporary = path + "." + Guid.NewGuid().ToString("N");
            using (FileStream stream = new FileStream(temporary, FileMode.CreateNew, FileAccess.Write, FileShare.None))
            {
                RestrictToUser(temporary);
                stream.Write(key, 0, key.Length);
                stream.Flush(true);
            }
            try
            {
                Moves.Rename(temporary, path);
            }
            catch (IOException)
            {
                Moves.Remove(temporary);
                if (!File.Exists(path)) // else another process was first; its key holds
                {
                    throw;
                }
            }
        }

        private static void RestrictToUser(string path)
        {
            // On Windows the folder of the user's settings is the user's alone; elsewhere the file must be made so.
            if (Environment.OSVersion.Platform == PlatformID.Unix && chmod(path, 0x180) != 0)
            {
                throw new BridgeException("the patient key could not be made readable by the user only");
            }
        }

        [DllImport("libc", CharSet = CharSet.Ansi)]
        private static extern int chmod(string path, uint mode);
    }
}
