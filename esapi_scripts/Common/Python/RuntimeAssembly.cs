using System;
using System.IO;
using System.Reflection;

namespace EsapiBridge.Scripts
{
    /// <summary>The Python.Runtime.dll of the installation, wherever Eclipse loads the script from.</summary>
    public static class RuntimeAssembly
    {
        private const string Name = "Python.Runtime";
        private static readonly object Gate = new object();
        private static Assembly _loaded;

        /// <summary>Loads it once; from then on whoever asks for it by name is given this one.</summary>
        /// <exception cref="BridgeException">It cannot be loaded, or another script's is in this process.</exception>
        public static void Require()
        {
            lock (Gate)
            {
                if (_loaded != null)
                {
                    return;
                }
                string path = Path.GetFullPath(Path.Combine(Installation.Folder, Name + ".dll"));
                Assembly found = Load(path);
                if (!string.Equals(found.Location, path, PythonLibrary.PathComparison))
                {
                    throw new RefusedException("another script of this Eclipse has loaded its own " + Name + ".dll. "
                        + "Restart Eclipse and run this script first");
                }
                _loaded = found;
                AppDomain.CurrentDomain.AssemblyResolve += delegate(object sender, ResolveEventArgs wanted)
                {
                    return new AssemblyName(wanted.Name).Name == Name ? _loaded : null;
                };
            }
        }

        // LoadFrom refuses assemblies of network folders (0x80131515, NotSupportedException), unless Eclipse's own
        // configuration allows them; UnsafeLoadFrom does not ask. The list of digests has vouched for this file.
        private static Assembly Load(string path)
        {
            try
            {
                return Assembly.UnsafeLoadFrom(path);
            }
            catch (NotSupportedException error)
            {
                throw Refused(error);
            }
            catch (IOException error) // FileLoadException, FileNotFoundException
            {
                throw Refused(error);
            }
            catch (BadImageFormatException error)
            {
                throw Refused(error);
            }
        }

        private static RefusedException Refused(Exception error)
        {
            return new RefusedException(Name + ".dll must be loaded from the folder of the scripts, Windows refuses ("
                + error.GetType().Name + "). If that folder is on a network drive, install into a local folder of each server");
        }
    }
}
