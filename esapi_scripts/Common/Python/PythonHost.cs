using System;
using System.Diagnostics;
using System.IO;
using System.Reflection;
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
        private static readonly object Gate = new object();
        private static bool _isResolving;

        private PythonHost()
        {
        }

        /// <summary>Seconds the start of Python took; next to nothing if it ran already.</summary>
        public double StartSeconds { get; private set; }

        /// <summary>Starts Python, or finds it running.</summary>
        /// <exception cref="BridgeException">Python does not start.</exception>
        public static PythonHost Start(Settings settings)
        {
            ResolveRuntimeBesideScript();
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

        // The methods that name pythonnet's types are compiled when first called, after its assembly can be found.
        [MethodImpl(MethodImplOptions.NoInlining)]
        private static void Initialise(Settings settings)
        {
            if (!PythonEngine.IsInitialized)
            {
                Runtime.PythonDLL = settings.PythonLibrary;
                PythonEngine.PythonHome = settings.PythonHome;
                PythonEngine.SetNoSiteFlag(); // nothing of the user's own Python is run inside Eclipse
                PythonEngine.Initialize();
                PythonEngine.BeginAllowThreads();
            }
            using (Py.GIL())
            using (PyObject sys = Py.Import("sys"))
            {
                // Compiled files beside the sources are not on the installation's list, so they are neither read nor made.
                using (PyString cache = new PyString(Path.Combine(UserFolders.Local, "pycache")))
                {
                    sys.SetAttr("pycache_prefix", cache);
                }
                using (PyObject path = sys.GetAttr("path"))
                {
                    foreach (string folder in settings.SitePackages)
                    {
                        using (PyString item = new PyString(folder))
                        {
                            if (!path.InvokeMethod("__contains__", item).IsTrue())
                            {
                                path.InvokeMethod("append", item).Dispose();
                            }
                        }
                    }
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

        /// <summary>Finds Python.Runtime.dll beside the installed scripts, wherever Eclipse loads the script from.</summary>
        private static void ResolveRuntimeBesideScript()
        {
            lock (Gate)
            {
                if (_isResolving)
                {
                    return;
                }
                _isResolving = true;
                AppDomain.CurrentDomain.AssemblyResolve += delegate(object sender, ResolveEventArgs wanted)
                {
                    string file = new AssemblyName(wanted.Name).Name + ".dll";
                    return file == "Python.Runtime.dll" ? Assembly.LoadFrom(Path.Combine(Installation.Folder, file)) : null;
                };
            }
        }
    }
}
