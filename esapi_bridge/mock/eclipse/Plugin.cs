// Rows in comments are those of the table of traps in docs/reference/mock-esapi.md.
using System;
using System.IO;
using System.Linq;
using System.Reflection;
using System.Windows;
using VMS.TPS.Common.Model.API;

namespace EsapiBridge.MockEclipse
{
    /// <summary>
    /// A compiled script. Eclipse 15.6 enters it by reflection: public stack traces show TargetInvocationException between
    /// its changes and Eclipse (row 3). The host enters it by a typed delegate, so that where <see cref="Guard.RefusesReflection"/>
    /// only a reflective call of the script's own is found on the stack.
    /// </summary>
    public sealed class Plugin
    {
        /// <summary>How the file name of a script ends.</summary>
        public const string Suffix = ".esapi.dll";

        private const string VersionMessage =
            "Application was not able to load the required Eclipse Scripting API version. The script was built against "
            + "another version of it, or refers to none: build it against the assemblies of this application.";

        /// <summary>The entries that the reference guide names.</summary>
        private static readonly Type[][] Signatures =
        {
            new[] { typeof(ScriptContext) },
            new[] { typeof(ScriptContext), typeof(Window) },
            new[] { typeof(ScriptContext), typeof(ScriptEnvironment) },
            new[] { typeof(ScriptContext), typeof(Window), typeof(ScriptEnvironment) }
        };

        private readonly Action<ScriptContext, Window, ScriptEnvironment> _execute;

        private readonly bool _takesWindow;

        private Plugin(Assembly assembly, MethodInfo method, object script)
        {
            Assembly = assembly;
            _takesWindow = method.GetParameters().Any(p => p.ParameterType == typeof(Window));
            _execute = Typed(method, script);
        }

        /// <summary>The script's assembly.</summary>
        public Assembly Assembly { get; private set; }

        /// <summary>Loads a script: a file, or a name in the scripts folder.</summary>
        /// <exception cref="UsageException">It is no script that this host can run.</exception>
        public static Plugin Load(string script, string scriptsFolder)
        {
            return Of(Assembly.LoadFrom(Find(script, scriptsFolder)));
        }

        /// <summary>The script of an assembly.</summary>
        /// <exception cref="UsageException">It is no script that this host can run.</exception>
        public static Plugin Of(Assembly assembly)
        {
            AssemblyName api = typeof(ScriptContext).Assembly.GetName();
            // Row 40: real assemblies are bound by version and key.
            if (!assembly.GetReferencedAssemblies().Any(r => r.Name == api.Name && r.Version == api.Version))
            {
                throw new UsageException(VersionMessage);
            }
            Type type = assembly.GetType("VMS.TPS.Script"); // public or not: public scripts of both kinds run in Eclipse
            ConstructorInfo maker = type == null ? null : type.GetConstructor(Type.EmptyTypes);
            if (maker == null)
            {
                throw new UsageException("a script must have a class VMS.TPS.Script that can be made without arguments");
            }
            MethodInfo method = Signatures.Select(s => type.GetMethod("Execute", s)).FirstOrDefault(m => m != null);
            if (method == null)
            {
                throw new UsageException(
                    "a script must have Execute(ScriptContext), or with a System.Windows.Window, a ScriptEnvironment or both "
                    + "after it, in this order");
            }
            return new Plugin(assembly, method, maker.Invoke(null));
        }

        /// <summary>Runs the script on this thread; returns the window it was given and may have filled, null if it takes none.</summary>
        public Window Execute(ScriptContext context, ScriptEnvironment environment)
        {
            Window window = _takesWindow ? new Window() : null;
            _execute(context, window, environment);
            return window;
        }

        /// <summary>Runs the script with a window that somebody else shows.</summary>
        public void Execute(ScriptContext context, Window window, ScriptEnvironment environment)
        {
            _execute(context, window, environment);
        }

        private static string Find(string script, string scriptsFolder)
        {
            string[] places = scriptsFolder == null
                ? new[] { script }
                : new[] { script, Path.Combine(scriptsFolder, script), Path.Combine(scriptsFolder, script + Suffix) };
            string file = places.FirstOrDefault(File.Exists);
            if (file == null || !file.EndsWith(Suffix, StringComparison.OrdinalIgnoreCase))
            {
                throw new UsageException("expected a script named *" + Suffix + ", found none of this name");
            }
            return Path.GetFullPath(file);
        }

        private static Action<ScriptContext, Window, ScriptEnvironment> Typed(MethodInfo method, object script)
        {
            int kind = Array.FindIndex(
                Signatures, s => s.SequenceEqual(method.GetParameters().Select(p => p.ParameterType)));
            if (kind == 0)
            {
                Action<ScriptContext> alone = To<Action<ScriptContext>>(method, script);
                return (context, window, environment) => alone(context);
            }
            if (kind == 1)
            {
                Action<ScriptContext, Window> filling = To<Action<ScriptContext, Window>>(method, script);
                return (context, window, environment) => filling(context, window);
            }
            if (kind == 2)
            {
                Action<ScriptContext, ScriptEnvironment> asking =
                    To<Action<ScriptContext, ScriptEnvironment>>(method, script);
                return (context, window, environment) => asking(context, environment);
            }
            return To<Action<ScriptContext, Window, ScriptEnvironment>>(method, script);
        }

        private static T To<T>(MethodInfo method, object script) where T : class
        {
            return Delegate.CreateDelegate(typeof(T), script, method) as T;
        }
    }
}
