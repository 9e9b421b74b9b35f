using System.Reflection;
using EsapiBridge.Mock;
using VMS.TPS.Common.Model.API;

namespace EsapiBridge.MockEclipse
{
    /// <summary>What a script is told of its surroundings; by it a script can run another.</summary>
    public static class ScriptsOfScripts
    {
        /// <summary>The environment of a script in a session.</summary>
        public static ScriptEnvironment Environment(MockSession session)
        {
            return session.CreateEnvironment((assembly, context, window) =>
            {
                Assembly caller = session.Guard.ScriptAssembly;
                session.Guard.ScriptAssembly = assembly;
                try
                {
                    Plugin.Of(assembly).Execute(context, window, Environment(session));
                }
                finally
                {
                    session.Guard.ScriptAssembly = caller;
                }
            });
        }
    }
}
