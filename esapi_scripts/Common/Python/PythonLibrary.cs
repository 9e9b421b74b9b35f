using System;
using System.IO;
using System.Runtime.InteropServices;

namespace EsapiBridge.Scripts
{
    /// <summary>Python's library itself: what must be set before Python starts, and what pythonnet has no words for.</summary>
    internal sealed class PythonLibrary
    {
        /// <summary>Whether this is Windows; elsewhere the host is the mock Eclipse under Mono.</summary>
        internal static readonly bool IsWindows = Path.DirectorySeparatorChar == '\\';

        /// <summary>How names of folders are compared.</summary>
        internal static readonly StringComparison PathComparison =
            IsWindows ? StringComparison.OrdinalIgnoreCase : StringComparison.Ordinal;

        /// <summary>Environment, user's folders and packages with code of their own have no say; nothing is written beside sources.</summary>
        private static readonly string[] Flags =
        {
            "Py_IgnoreEnvironmentFlag", "Py_IsolatedFlag", "Py_NoUserSiteDirectory", "Py_NoSiteFlag", "Py_DontWriteBytecodeFlag"
        };

        private const uint AlteredSearchPath = 8; // its own libraries are searched for beside it, not beside Eclipse
        private const int NowAndGlobal = 0x102; // as pythonnet opens it
        private readonly IntPtr _library;

        private PythonLibrary(IntPtr library)
        {
            _library = library;
        }

        [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
        private delegate IntPtr ReturnsText();

        [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
        private delegate int ReturnsNumber();

        /// <summary>Version and build.</summary>
        internal string Version
        {
            get { return Marshal.PtrToStringAnsi(Function<ReturnsText>("Py_GetVersion")()); }
        }

        /// <summary>Whether Python runs in this process.</summary>
        internal bool IsRunning
        {
            get { return Function<ReturnsNumber>("Py_IsInitialized")() != 0; }
        }

        /// <summary>Loads the library, or finds it loaded.</summary>
        /// <exception cref="BridgeException">It cannot be loaded.</exception>
        internal static PythonLibrary Load(string path)
        {
            IntPtr library = IsWindows ? LoadLibraryEx(path, IntPtr.Zero, AlteredSearchPath) : dlopen(path, NowAndGlobal);
            if (library == IntPtr.Zero)
            {
                string code = IsWindows ? " (error " + Marshal.GetLastWin32Error() + ")" : "";
                throw new BridgeException("expected " + Path.GetFileName(path) + " that this process can load, found none"
                    + code + "; is it a 64-bit Python? Run 'esapi-bridge scripts install' again");
            }
            return new PythonLibrary(library);
        }

        /// <summary>Shuts everything out that is not the installation's.</summary>
        internal void Isolate()
        {
            foreach (string flag in Flags)
            {
                Marshal.WriteInt32(Symbol(flag), 1);
            }
        }

        private T Function<T>(string name) where T : class
        {
            return Marshal.GetDelegateForFunctionPointer(Symbol(name), typeof(T)) as T;
        }

        private IntPtr Symbol(string name)
        {
            IntPtr address = IsWindows ? GetProcAddress(_library, name) : dlsym(_library, name);
            if (address == IntPtr.Zero)
            {
                throw new BridgeException("expected Python 3.11 or 3.12, found a library without " + name
                    + "; run 'esapi-bridge scripts install' again");
            }
            return address;
        }

        [DllImport("kernel32", SetLastError = true, CharSet = CharSet.Unicode, ExactSpelling = true, EntryPoint = "LoadLibraryExW")]
        private static extern IntPtr LoadLibraryEx(string path, IntPtr reserved, uint flags);

        [DllImport("kernel32", SetLastError = true, CharSet = CharSet.Ansi, ExactSpelling = true)]
        private static extern IntPtr GetProcAddress(IntPtr library, string name);

        [DllImport("libdl.so.2")]
        private static extern IntPtr dlopen(string path, int mode);

        [DllImport("libdl.so.2")]
        private static extern IntPtr dlsym(IntPtr library, string name);
    }
}
