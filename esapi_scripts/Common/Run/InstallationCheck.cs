using System;
using System.Collections.Generic;
using System.IO;
using System.Text;
using System.Text.RegularExpressions;

namespace EsapiBridge.Scripts
{
    /// <summary>
    /// Compares every file a script loads with what was installed, before any patient data is read. The digest of the
    /// list is compiled into the script, so Eclipse's approval of the script covers settings, Python code and networks.
    /// </summary>
    public static class InstallationCheck
    {
        /// <summary>List of everything the scripts load: settings, Python.Runtime.dll, Python packages with their networks.</summary>
        public const string LoadedList = "installation.sha256";

        /// <summary>List of the scripts themselves.</summary>
        public const string ScriptsList = "scripts.sha256";

        private static readonly Regex Line = new Regex("^([0-9a-f]{64})  (.+)$");

        /// <summary>Checks the installation and returns its settings.</summary>
        /// <exception cref="RefusedException">A file is missing, was changed or does not belong there.</exception>
        public static Settings Require()
        {
            string folder = Installation.Folder;
            string list = Path.Combine(folder, LoadedList);
            if (!File.Exists(list) || Sha256.OfFile(list) != Installation.ListSha256)
            {
                throw Changed(LoadedList);
            }
            Dictionary<string, string> listed = Read(list, folder);
            Compare(listed);
            Settings settings = Settings.Read(folder);
            foreach (string package in settings.Packages)
            {
                RequireNothingElse(package, listed);
            }
            Dictionary<string, string> scripts = Read(Path.Combine(folder, ScriptsList), folder);
            foreach (string assembly in Directory.GetFiles(folder, "*.dll"))
            {
                string path = Path.GetFullPath(assembly);
                if (!listed.ContainsKey(path) && !scripts.ContainsKey(path))
                {
                    throw Changed(Path.GetFileName(path));
                }
            }
            Compare(scripts);
            return settings;
        }

        private static Dictionary<string, string> Read(string list, string folder)
        {
            if (!File.Exists(list))
            {
                throw Changed(Path.GetFileName(list));
            }
            Dictionary<string, string> digests = new Dictionary<string, string>(StringComparer.Ordinal);
            string[] lines = File.ReadAllText(list, Encoding.UTF8).Split('\n');
            for (int number = 0; number < lines.Length - 1; number++)
            {
                Match match = Line.Match(lines[number]);
                if (!match.Success)
                {
                    throw Changed(Path.GetFileName(list));
                }
                digests[Path.GetFullPath(Path.Combine(folder, match.Groups[2].Value))] = match.Groups[1].Value;
            }
            if (lines[lines.Length - 1].Length > 0)
            {
                throw Changed(Path.GetFileName(list));
            }
            return digests;
        }

        private static void Compare(Dictionary<string, string> listed)
        {
            foreach (KeyValuePair<string, string> file in listed)
            {
                if (!File.Exists(file.Key) || Sha256.OfFile(file.Key) != file.Value)
                {
                    throw Changed(Path.GetFileName(file.Key));
                }
            }
        }

        private static void RequireNothingElse(string package, Dictionary<string, string> listed)
        {
            foreach (string file in Directory.GetFiles(package, "*", SearchOption.AllDirectories))
            {
                // Python is told to keep its compiled files elsewhere, so those found here are never loaded.
                bool isCache = Path.GetFileName(Path.GetDirectoryName(file)) == "__pycache__";
                if (!isCache && !listed.ContainsKey(Path.GetFullPath(file)))
                {
                    throw Changed(Path.GetFileName(file));
                }
            }
        }

        private static RefusedException Changed(string file)
        {
            return new RefusedException("the installation was changed: " + file + " is not as installed. Nothing was read. "
                + "Run 'esapi-bridge scripts check' on this folder, then install again");
        }
    }
}
