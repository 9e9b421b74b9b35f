using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.IO;
using System.Linq;
using System.Runtime.CompilerServices;
using System.Threading;
using Python.Runtime;

namespace EsapiBridge.Scripts
{
    /// <summary>
    /// Python inside Eclipse's process, through pythonnet. Started once a process and kept alive, since Eclipse outlives
    /// many runs and Python cannot be restarted safely. Only texts cross; ESAPI objects never do, because pythonnet calls
    /// .NET by reflection and ESAPI refuses writes with a reflection frame on the stack.
    /// </summary>
    public sealed class PythonHost
    {
        /// <summary>Where the process keeps which installation has started Python: each script has this class of its own.</summary>
        private const string Started = "EsapiBridge.PythonHost";

        private static readonly object Gate = new object();

        private PythonHost()
        {
        }

        /// <summary>Seconds the start of Python took; next to nothing if it ran already.</summary>
        public double StartSeconds { get; private set; }

        /// <summary>Starts Python, or finds it running.</summary>
        /// <exception cref="BridgeException">Python does not start.</exception>
        public static PythonHost Start(Settings settings)
        {
            NetFramework.Require();
            RuntimeAssembly.Require();
            PythonHost host = new PythonHost();
            Stopwatch watch = Stopwatch.StartNew();
            OnBackgroundThread<object>(delegate
            {
                lock (Gate)
                {
                    Initialise(settings);
                }
                return null;
            });
            host.StartSeconds = watch.Elapsed.TotalSeconds;
            return host;
        }

        /// <summary>Calls a function of texts that returns a text, on a background thread.</summary>
        /// <exception cref="BridgeException">Python raised an error.</exception>
        public string Call(string module, string function, params string[] arguments)
        {
            return OnBackgroundThread<string>(delegate { return CallPython(module, function, arguments); });
        }

        private static void Initialise(Settings settings)
        {
            object running = AppDomain.CurrentDomain.GetData(Started);
            string own = Installation.Folder + "|" + Installation.ListSha256;
            if (running == null)
            {
                PythonProof proof = PythonProof.Require(settings);
                PythonLibrary library = PythonLibrary.Load(settings.PythonLibrary);
                if (library.Version != proof.Version)
                {
                    throw new RefusedException("Python's program and its library must be of one version, they are not; "
                        + "run 'esapi-bridge scripts install' again");
                }
                if (library.IsRunning)
                {
                    throw new RefusedException("another script has started a Python of its own in this Eclipse, or one of these "
                        + "scripts could not end its start. Restart Eclipse and run this script first");
                }
                library.Isolate();
                StartPython(settings, proof);
                AppDomain.CurrentDomain.SetData(Started, own);
            }
            else if (!own.Equals(running))
            {
                throw new RefusedException("the scripts were installed anew since this Eclipse was started. Restart Eclipse");
            }
        }

        // The methods that name pythonnet's types are compiled when first called, after its assembly can be found.
        [MethodImpl(MethodImplOptions.NoInlining)]
        private static void StartPython(Settings settings, PythonProof proof)
        {
            string search = string.Join(Path.PathSeparator.ToString(), proof.SearchPath.ToArray());
            Runtime.PythonDLL = settings.PythonLibrary;
            PythonEngine.PythonHome = settings.PythonHome;
            PythonEngine.PythonPath = search;
            PythonEngine.Initialize();
            PythonEngine.BeginAllowThreads();
            using (Py.GIL())
            {
                PythonEngine.Exec(PythonProof.Prologue);
                LimitFolders(proof.SearchPath.Concat(settings.SitePackages));
                RequirePackage(settings);
            }
        }

        // Python's own folders come first: nothing in a folder of packages takes the place of the standard library.
        [MethodImpl(MethodImplOptions.NoInlining)]
        private static void LimitFolders(IEnumerable<string> folders)
        {
            using (PyObject sys = Py.Import("sys"))
            using (PyObject implementation = sys.GetAttr("implementation"))
            using (PyString cache = new PyString(Path.Combine(UserFolders.Local, "pycache")))
            using (PyList path = new PyList())
            {
                foreach (string folder in folders)
                {
                    using (PyString item = new PyString(folder))
                    {
                        path.Append(item);
                    }
                }
                sys.SetAttr("path", path);
                // Compiled files are on no list of digests: none is read or made here, and the worker keeps its own apart.
                implementation.SetAttr("cache_tag", PyObject.None);
                sys.SetAttr("pycache_prefix", cache);
            }
        }

        /// <summary>Requires that the code whose digests were compared is what will be imported; imports nothing yet.</summary>
        [MethodImpl(MethodImplOptions.NoInlining)]
        private static void RequirePackage(Settings settings)
        {
            using (PyObject util = Py.Import("importlib.util"))
            using (PyString name = new PyString("esapi_bridge"))
            using (PyObject spec = util.InvokeMethod("find_spec", name))
            {
                string origin = null;
                if (!spec.IsNone())
                {
                    using (PyObject found = spec.GetAttr("origin"))
                    {
                        origin = found.As<string>();
                    }
                }
                string folder = origin == null ? null : Path.GetDirectoryName(Path.GetFullPath(origin));
                if (!settings.Packages.Exists(package => string.Equals(Path.GetFullPath(package), folder, PythonLibrary.PathComparison)))
                {
                    throw new RefusedException("the package esapi_bridge must be that of the installation, found another in "
                        + "Python's folders; remove it, or run 'esapi-bridge scripts install' again");
                }
            }
        }

        [MethodImpl(MethodImplOptions.NoInlining)]
        private static string CallPython(string module, string function, string[] arguments)
        {
            using (Py.GIL())
            {
                try
                {
                    using (PyObject imported = Py.Import(module))
                    using (PyObject result = imported.InvokeMethod(function, Array.ConvertAll(arguments, ToPython)))
                    {
                        return result.As<string>();
                    }
                }
                catch (PythonException error)
                {
                    // The text of an unexpected error may hold a path; its kind does not.
                    throw new BridgeException("the Python side of esapi-bridge failed in " + function + " ("
                        + error.Type.Name + "); run 'esapi-bridge doctor'");
                }
            }
        }

        private static PyObject ToPython(string text)
        {
            return new PyString(text);
        }

        private static T OnBackgroundThread<T>(Func<T> action)
        {
            T result = default(T);
            Exception error = null;
            Thread thread = new Thread(delegate()
            {
                try
                {
                    result = action();
                }
                catch (BridgeException caught)
                {
                    error = caught;
                }
                catch (Exception caught)
                {
                    error = new BridgeException("Python inside Eclipse does not work (" + caught.GetType().Name
                        + "); run 'esapi-bridge doctor', then 'esapi-bridge scripts install' again", caught);
                }
            });
            thread.IsBackground = true;
            thread.Name = "esapi-bridge Python";
            thread.Start();
            thread.Join();
            if (error != null)
            {
                throw error;
            }
            return result;
        }
    }
}
