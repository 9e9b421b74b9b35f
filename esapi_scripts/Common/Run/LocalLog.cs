using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Text;

namespace EsapiBridge.Scripts
{
    /// <summary>
    /// Why scripts ended as they did, a file a day in the user's local folder, for whoever looks after them: type, message
    /// and place of every error, without identities. Bounded, and never an error by itself.
    /// </summary>
    public static class LocalLog
    {
        private const int MostFiles = 14;
        private const long MostBytes = 1 << 20;
        private const string Pattern = "scripts-*.log";

        /// <summary>Where the files are.</summary>
        public static string Folder
        {
            get { return Path.Combine(UserFolders.Local, "logs"); }
        }

        /// <summary>Adds an entry.</summary>
        /// <param name="title">What happened, in a line.</param>
        /// <param name="lines">More of it; no identities.</param>
        /// <returns>The file; null where it could not be written.</returns>
        public static string Write(string title, IEnumerable<string> lines)
        {
            try
            {
                DateTime now = DateTime.Now;
                Directory.CreateDirectory(Folder);
                string path = Path.Combine(Folder, "scripts-" + now.ToString("yyyyMMdd", CultureInfo.InvariantCulture) + ".log");
                StringBuilder text = new StringBuilder();
                if (!File.Exists(path))
                {
                    RemoveOld();
                    text.AppendLine(Outcome.IntendedUse);
                }
                text.AppendLine(now.ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture) + " " + title);
                foreach (string line in lines)
                {
                    text.AppendLine("  " + line);
                }
                Append(path, new UTF8Encoding(false).GetBytes(text.ToString()));
                return path;
            }
            catch (Exception)
            {
                return null; // a script does not fail because of its log
            }
        }

        private static void Append(string path, byte[] entry)
        {
            using (FileStream stream = new FileStream(path, FileMode.Append, FileAccess.Write, FileShare.ReadWrite))
            {
                if (stream.Length + entry.Length <= MostBytes)
                {
                    stream.Write(entry, 0, entry.Length);
                }
            }
        }

        private static void RemoveOld()
        {
            foreach (string old in Directory.GetFiles(Folder, Pattern).OrderByDescending(Path.GetFileName).Skip(MostFiles - 1))
            {
                File.Delete(old);
            }
        }
    }
}
