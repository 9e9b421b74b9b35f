// Rows in comments are those of the table of traps in docs/reference/mock-esapi.md.
using VMS.TPS.Common.Model.API;

[assembly: ESAPIScript(IsWriteable = true)]

namespace VMS.TPS
{
    /// <summary>Makes an evaluation dose and leaves it without voxels, which cannot be saved (row 7).</summary>
    public class Script
    {
        public void Execute(ScriptContext context)
        {
            context.Patient.BeginModifications();
            ExternalPlanSetup plan = context.Course.AddExternalPlanSetup(context.StructureSet);
            plan.CreateEvaluationDose();
        }
    }
}
