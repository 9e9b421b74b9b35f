using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;

namespace EsapiBridge.Mock
{
    /// <summary>
    /// The files of a case folder. SHA256SUMS is read at once, every other file when it is needed; a file that is not
    /// byte by byte what was written is refused.
    /// </summary>
    internal sealed class CaseFolder
    {
        internal const string CaseFile = "case.json";
        internal const string SumsFile = "SHA256SUMS";
        private static readonly Regex SumsLine =
            new Regex(@"\A([0-9a-f]{64})  (case\.json|[a-z][a-z0-9_]*\.npy)\z");

        private readonly string _path;
        private readonly Dictionary<string, string> _sums = new Dictionary<string, string>();

        internal CaseFolder(string path)
        {
            _path = path;
            if (!File.Exists(Path.Combine(path, SumsFile)))
            {
                throw new InvalidDataException("expected a case folder with " + SumsFile + ", found none");
            }
            string[] lines = File.ReadAllText(Path.Combine(path, SumsFile), Encoding.ASCII).Split('\n');
            for (int n = 0; n < lines.Length - 1; n++)
            {
                Match match = SumsLine.Match(lines[n]);
                if (!match.Success || _sums.ContainsKey(match.Groups[2].Value))
                {
                    throw new InvalidDataException(SumsFile + " line " + (n + 1) + " must be a digest and a new name");
                }
                _sums[match.Groups[2].Value] = match.Groups[1].Value;
            }
            if (lines[lines.Length - 1].Length > 0 || !_sums.ContainsKey(CaseFile))
            {
                throw new InvalidDataException(SumsFile + " must list case.json and end with a line feed");
            }
            IEnumerable<string> found = Directory.GetFileSystemEntries(path).Select(Path.GetFileName);
            if (!new HashSet<string>(found).SetEquals(_sums.Keys.Concat(new[] { SumsFile })))
            {
                throw new InvalidDataException("a case folder must hold the files that " + SumsFile + " lists, and no others");
            }
        }

        internal void RequireListed(string file)
        {
            if (!_sums.ContainsKey(file))
            {
                throw new InvalidDataException(SumsFile + " must list " + file);
            }
        }

        /// <summary>Digest that a file must have.</summary>
        internal string DigestOf(string file)
        {
            return _sums[file];
        }

        internal byte[] ReadVerified(string file)
        {
            byte[] bytes = File.ReadAllBytes(Path.Combine(_path, file));
            if (Digest(bytes) != _sums[file])
            {
                throw new InvalidDataException(file + " must be as written, its SHA-256 differs");
            }
            return bytes;
        }

        internal string ReadVerifiedText(string file)
        {
            return Encoding.UTF8.GetString(ReadVerified(file));
        }

        internal static string Digest(byte[] bytes)
        {
            // The native provider on Windows, where the managed one is several times slower.
            using (SHA256 sha = new SHA256CryptoServiceProvider())
            {
                return BitConverter.ToString(sha.ComputeHash(bytes)).Replace("-", "").ToLowerInvariant();
            }
        }
    }
}
