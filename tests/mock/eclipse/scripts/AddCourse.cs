using System;
using System.IO;
using VMS.TPS.Common.Model.API;

[assembly: ESAPIScript(IsWriteable = true)]

namespace VMS.TPS
{
    /// <summary>Adds a course to the patient and states the outcome that WANTED_CODE asks for, or throws for "throw".</summary>
    public class Script
    {
        public void Execute(ScriptContext context)
        {
            context.Patient.BeginModifications();
            context.Patient.AddCourse().Id = "NEW";
            string wanted = Environment.GetEnvironmentVariable("WANTED_CODE") ?? "0";
            if (wanted == "throw")
            {
                throw new InvalidOperationException("on purpose");
            }
            File.WriteAllText(
                Environment.GetEnvironmentVariable("ESAPI_BRIDGE_OUTCOME"),
                "{\"exit_code\": " + wanted + ", \"message\": \"unattended " + Environment.GetEnvironmentVariable("ESAPI_BRIDGE_UNATTENDED") + "\"}");
        }
    }
}
