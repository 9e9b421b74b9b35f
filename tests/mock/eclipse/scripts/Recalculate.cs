using System;
using System.IO;
using System.Linq;
using VMS.TPS.Common.Model.API;
using VMS.TPS.Common.Model.Types;

[assembly: ESAPIScript(IsWriteable = true)]

namespace VMS.TPS
{
    /// <summary>Copies the plan, gives each beam a uniform fluence of 4x4 cm2, and calculates leaf motions and dose.</summary>
    public class Script
    {
        public void Execute(ScriptContext context)
        {
            context.Patient.BeginModifications();
            ExternalPlanSetup plan = (ExternalPlanSetup)context.Course.CopyPlanSetup(context.PlanSetup);
            plan.Id = "LMC";
            float[,] ones = new float[16, 16];
            for (int n = 0; n < ones.Length; n++)
            {
                ones[n / 16, n % 16] = 1;
            }
            foreach (Beam beam in plan.Beams)
            {
                beam.SetOptimalFluence(new Fluence(ones, -18.75, 18.75));
            }
            Choose(plan, CalculationType.PhotonLeafMotions);
            string model = Choose(plan, CalculationType.PhotonVolumeDose);
            plan.SetCalculationOption(model, "CalculationGridSizeInCM", "0.5");
            bool done = plan.CalculateLeafMotions(new LMCVOptions(false)).Success && plan.CalculateDose().Success;
            string log = string.Join("; ", plan.Beams.First().CalculationLogs.SelectMany(l => l.MessageLines));
            File.WriteAllText(
                Environment.GetEnvironmentVariable("ESAPI_BRIDGE_OUTCOME"),
                "{\"exit_code\": " + (done ? 0 : 1) + ", \"message\": \"" + log + "\"}");
        }

        private static string Choose(ExternalPlanSetup plan, CalculationType type)
        {
            string model = plan.GetModelsForCalculationType(type).First();
            plan.SetCalculationModel(type, model);
            return model;
        }
    }
}
