using System;
using System.Collections.Generic;
using System.ComponentModel;
using System.Diagnostics;
using System.IO;
using System.Linq;
using System.Text;
using System.Text.RegularExpressions;
using System.Threading;

namespace EsapiBridge.Scripts
{
    /// <summary>
    /// A Python that has been seen to start. CPython ends the process it lives in when it cannot start, and that process
    /// would be Eclipse; so a child process of the same installation starts first, isolated from the environment as the
    /// one inside Eclipse will be, and loads what that will load.
    /// </summary>
    public sealed class PythonProof
    {
        /// <summary>What both Pythons do first. OpenSSL runs what OPENSSL_CONF names, so hashes are Python's own.</summary>
        internal const string Prologue = "import sys; sys.modules['_hashlib'] = None; import __future__, encodings.idna, base64, collections.abc, "
            + "contextlib, copy, dataclasses, datetime, functools, hashlib, hmac, importlib.util, inspect, json, "
            + "multiprocessing.connection, os, pathlib, secrets, shutil, socket, subprocess, tempfile, textwrap, threading, traceback, typing, warnings";

        private const string Question = "; print(json.dumps(dict(version=sys.version, path=sys.path, "
            + "is_home=os.path.samefile(sys.base_prefix, '.'))))";

        /// <summary>A virus scanner may look at every file first.</summary>
        private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

        // Access denied, disabled by policy (AppLocker), infected, integrity policy (application control); EPERM and EACCES.
        private static readonly int[] BlockedCodes = PythonLibrary.IsWindows ? new[] { 5, 225, 1260, 4551 } : new[] { 1, 5, 13 };

        private const int MostCharacters = 65536;
        private static readonly Regex Reason = new Regex(@"^(Fatal Python error|\w*(Error|Exception))\b[^/\\\r\n]*", RegexOptions.Multiline | RegexOptions.RightToLeft);

        private PythonProof(JsonObject answer)
        {
            Version = answer.Text("version");
            SearchPath = answer.Texts("path");
        }

        /// <summary>Version and build, as Python says them.</summary>
        public string Version { get; private set; }

        /// <summary>Folders of the installation that hold its standard library.</summary>
        public List<string> SearchPath { get; private set; }

        /// <summary>Starts a child process.</summary>
        /// <exception cref="BridgeException">It does not start, or is not the installation's Python.</exception>
        public static PythonProof Require(Settings settings)
        {
            return Require(settings, Patience);
        }

        /// <summary>Starts a child process that may take a given time.</summary>
        /// <exception cref="BridgeException">It does not start, or is not the installation's Python.</exception>
        public static PythonProof Require(Settings settings, TimeSpan patience)
        {
            string program = settings.Values.Text("python_interpreter");
            string home = settings.PythonHome;
            if (!File.Exists(program) || !Directory.Exists(home))
            {
                throw Refusal("expected Python where it was installed, found none; was it moved?");
            }
            PythonProof proof = Read(Answer(program, settings, patience), home);
            if (proof.SearchPath.Any(folder => !IsBelow(folder, home)))
            {
                throw Refusal("expected a Python that loads from its own folder alone, found one that does not");
            }
            return proof;
        }

        private static PythonProof Read(string answer, string home)
        {
            JsonObject read = null;
            try
            {
                read = Json.Parse(answer);
                if (read.Truth("is_home"))
                {
                    return new PythonProof(read);
                }
            }
            catch (BridgeException)
            {
                throw Refusal("expected an answer of Python, found something else");
            }
            throw Refusal("expected the Python of this installation, found one that takes its files from elsewhere");
        }

        private static string Answer(string program, Settings settings, TimeSpan patience)
        {
            using (Process process = Begin(program, settings))
            {
                Listener answer = new Listener(process.StandardOutput);
                Listener complaint = new Listener(process.StandardError);
                process.StandardInput.Close();
                if (!process.WaitForExit((int)patience.TotalMilliseconds))
                {
                    End(process);
                    throw Refusal("Python must start within " + patience.TotalSeconds + " s, it does not. Does a virus scanner hold it up?");
                }
                if (process.ExitCode != 0)
                {
                    Match reason = Reason.Match(complaint.Text);
                    throw Refusal("Python must start in a process of its own, it ends with code " + process.ExitCode
                        + (reason.Success ? " (" + reason.Value.Trim() + ")" : "") + ". Are its files complete and readable for this user?");
                }
                return answer.Text;
            }
        }

        private static Process Begin(string program, Settings settings)
        {
            // Isolated: no environment variables of Python, no folder of the user's or the current one, no site-packages.
            ProcessStartInfo start = new ProcessStartInfo(program, "-I -S -B -c \"" + Prologue + Question + "\"")
            {
                UseShellExecute = false,
                CreateNoWindow = true,
                WorkingDirectory = settings.PythonHome,
                RedirectStandardInput = true,
                RedirectStandardOutput = true,
                RedirectStandardError = true
            };
            start.EnvironmentVariables.Remove("__PYVENV_LAUNCHER__"); // Python looks for its home there, even if isolated
            if (!PythonLibrary.IsWindows)
            {
                // Eclipse's process will load this library by its path; so shall the child, whatever LD_LIBRARY_PATH says.
                string folder = Path.GetDirectoryName(settings.PythonLibrary);
                string inherited = start.EnvironmentVariables["LD_LIBRARY_PATH"];
                start.EnvironmentVariables["LD_LIBRARY_PATH"] = string.IsNullOrEmpty(inherited) ? folder : folder + ":" + inherited;
            }
            try
            {
                return Process.Start(start);
            }
            catch (Win32Exception error)
            {
                string code = " (error " + error.NativeErrorCode + ")";
                throw Refusal(BlockedCodes.Contains(error.NativeErrorCode)
                    ? "Python must be allowed to start, it was blocked by a policy or virus scanner of this machine" + code
                        + ". Have " + Path.GetFileName(program) + " of this installation allowed there (AppLocker: a rule for its folder)"
                    : "Python must start in a process of its own, Windows does not let it" + code);
            }
        }

        private static void End(Process process)
        {
            try
            {
                process.Kill();
            }
            catch (InvalidOperationException)
            {
                // It has ended meanwhile.
            }
            catch (Win32Exception)
            {
                // It is ending.
            }
        }

        private static bool IsBelow(string folder, string home)
        {
            string stem = Path.GetFullPath(home).TrimEnd(Path.DirectorySeparatorChar) + Path.DirectorySeparatorChar;
            return (Path.GetFullPath(folder) + Path.DirectorySeparatorChar).StartsWith(stem, PythonLibrary.PathComparison);
        }

        private static RefusedException Refusal(string what)
        {
            return new RefusedException(what.TrimEnd('.') + (what.EndsWith("?") ? " " : ". ")
                + "Eclipse goes on. See 'esapi-bridge doctor' on this machine, or run 'esapi-bridge scripts install' again");
        }

        /// <summary>Reads what a process says, up to a limit, so that it never waits for a reader.</summary>
        private sealed class Listener
        {
            private const int LongestWaitMs = 1000;
            private readonly StringBuilder _heard = new StringBuilder();
            private readonly Thread _thread;

            internal Listener(StreamReader reader)
            {
                _thread = new Thread(delegate() { Listen(reader); });
                _thread.IsBackground = true;
                _thread.Start();
            }

            /// <summary>What was said; a process that the child has left behind may keep the pipe open, so the wait is limited.</summary>
            internal string Text
            {
                get
                {
                    _thread.Join(LongestWaitMs);
                    lock (_heard)
                    {
                        return _heard.ToString();
                    }
                }
            }

            private void Listen(StreamReader reader)
            {
                char[] buffer = new char[4096];
                try
                {
                    for (int count = reader.Read(buffer, 0, buffer.Length); count > 0; count = reader.Read(buffer, 0, buffer.Length))
                    {
                        lock (_heard)
                        {
                            _heard.Append(buffer, 0, Math.Min(count, MostCharacters - _heard.Length));
                        }
                    }
                }
                catch (IOException)
                {
                    // The pipe was closed with the process.
                }
                catch (ObjectDisposedException)
                {
                    // Likewise.
                }
            }
        }
    }
}
