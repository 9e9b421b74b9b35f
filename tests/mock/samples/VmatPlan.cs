// Replaces the fields of a copy of the open plan by one VMAT arc around the target, optimises it and calculates its dose; the open
// plan stays as it is. Knows nothing of the mock.
using System;
using System.Linq;
using System.Runtime.CompilerServices;
using VMS.TPS.Common.Model.API;
using VMS.TPS.Common.Model.Types;

[assembly: ESAPIScript(IsWriteable = true)]

namespace VMS.TPS
{
    public class Script
    {
        [MethodImpl(MethodImplOptions.NoInlining)]
        public void Execute(ScriptContext context)
        {
            ExternalPlanSetup open = context.ExternalPlanSetup;
            Structure target = context.StructureSet.Structures.First(s => s.DicomType == "PTV");
            context.Patient.BeginModifications();
            // A copy, since a plug-in cannot calculate the dose of a plan that never had one.
            ExternalPlanSetup plan = (ExternalPlanSetup)context.Course.CopyPlanSetup(open);
            plan.Id = "VMAT";
            foreach (Beam field in plan.Beams.ToList())
            {
                plan.RemoveBeam(field);
            }
            ExternalBeamMachineParameters machine = new ExternalBeamMachineParameters(
                open.Beams.First().TreatmentUnit.Id, "10X", 600, "ARC", "FFF");
            double[] weights = Enumerable.Range(0, 31).Select(n => n / 30.0).ToArray();
            plan.AddVMATBeam(machine, weights, 0, 30, 330, GantryDirection.CounterClockwise, 0, target.CenterPoint);
            DoseValue dose = open.TotalDose;
            plan.OptimizationSetup.AddPointObjective(target, OptimizationObjectiveOperator.Lower, dose, 100, 100);
            plan.OptimizationSetup.AddPointObjective(target, OptimizationObjectiveOperator.Upper, dose * 1.05, 0, 100);
            Require(plan, plan.OptimizeVMAT(new OptimizationOptionsVMAT(
                OptimizationIntermediateDoseOption.NoIntermediateDose, plan.Beams.First().MLC.Id)).Success);
            plan.SetCalculationModel(CalculationType.PhotonVolumeDose,
                plan.GetModelsForCalculationType(CalculationType.PhotonVolumeDose).First());
            Require(plan, plan.CalculateDose().Success);
        }

        private static void Require(PlanSetup plan, bool success)
        {
            if (!success)
            {
                throw new ApplicationException(string.Join(" ",
                    plan.Beams.SelectMany(b => b.CalculationLogs).SelectMany(l => l.MessageLines).ToArray()));
            }
        }
    }
}
