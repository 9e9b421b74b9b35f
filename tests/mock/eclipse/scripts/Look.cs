using System;
using System.Linq;
using VMS.TPS.Common.Model.API;

namespace VMS.TPS
{
    /// <summary>Reads what is open and says so on standard output; states no outcome.</summary>
    public class Script
    {
        public void Execute(ScriptContext context, ScriptEnvironment environment)
        {
            string plan = context.PlanSetup == null ? "nothing" : context.PlanSetup.Id;
            int beams = context.PlanSetup == null ? 0 : context.PlanSetup.Beams.Count();
            Console.Out.WriteLine("looked at " + plan + " with " + beams + " beams in " + environment.ApplicationName);
        }
    }
}
