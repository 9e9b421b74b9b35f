// Rows in comments are those of the table of traps in docs/reference/mock-esapi.md.
using System;
using System.IO;
using System.Linq;
using System.Reflection;
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

        private readonly Action<ScriptContext, ScriptEnvironment> _execute;

        private Plugin(Assembly assembly, Action<ScriptContext, ScriptEnvironment> execute)
        {
            Assembly = assembly;
            _execute = execute;
        }

        /// <summary>The script's assembly.</summary>
        public Assembly Assembly { get; private set; }

        /// <summary>Loads a script: a file, or a name in the scripts folder.</summary>
        /// <exception cref="UsageException">It is no script that this host can run.</exception>
        public static Plugin Load(string script, string scriptsFolder)
        {
            Assembly assembly = Assembly.LoadFrom(Find(script, scriptsFolder));
            AssemblyName api = typeof(ScriptContext).Assembly.GetName();
            // Row 40: real assemblies are bound by version and key.
            if (!assembly.GetReferencedAssemblies().Any(r => r.Name == api.Name && r.Version == api.Version))
            {
                throw new UsageException(VersionMessage);
            }
            Type type = assembly.GetType("VMS.TPS.Script");
            if (type == null || !type.IsPublic || type.GetConstructor(Type.EmptyTypes) == null)
            {
                throw new UsageException("a script must have a public class VMS.TPS.Script that can be made without arguments");
            }
            return new Plugin(assembly, Bind(type));
        }

        /// <summary>Runs the script on this thread.</summary>
        public void Execute(ScriptContext context, ScriptEnvironment environment)
        {
            _execute(context, environment);
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

        private static Action<ScriptContext, ScriptEnvironment> Bind(Type type)
        {
            object script = Activator.CreateInstance(type);
            MethodInfo alone = type.GetMethod("Execute", new[] { typeof(ScriptContext) });
            if (alone != null)
            {
                Action<ScriptContext> call =
                    (Action<ScriptContext>)Delegate.CreateDelegate(typeof(Action<ScriptContext>), script, alone);
                return delegate(ScriptContext context, ScriptEnvironment environment) { call(context); };
            }
            MethodInfo both = type.GetMethod("Execute", new[] { typeof(ScriptContext), typeof(ScriptEnvironment) });
            if (both != null)
            {
                return (Action<ScriptContext, ScriptEnvironment>)Delegate.CreateDelegate(
                    typeof(Action<ScriptContext, ScriptEnvironment>), script, both);
            }
            throw new UsageException(
                "a script must have Execute(ScriptContext) or Execute(ScriptContext, ScriptEnvironment); "
                + "with a System.Windows.Window it needs the real Eclipse");
        }
    }
}
