// The dose of the open plan as EQD2 (linear-quadratic model), in a plan of its own: alpha/beta of 10 Gy in targets, of 3 Gy elsewhere.
// Written as such scripts are: with absolute presentation, dose and counts of the copy speak the system's unit.
using System;
using System.Collections.Generic;
using System.Linq;
using System.Runtime.CompilerServices;
using VMS.TPS.Common.Model.API;
using VMS.TPS.Common.Model.Types;

[assembly: ESAPIScript(IsWriteable = true)]

namespace VMS.TPS
{
    public class Script
    {
        private const double TargetGy = 10, NormalGy = 3, ReferenceFractionGy = 2;
        private const int Probe = 10000;

        [MethodImpl(MethodImplOptions.NoInlining)]
        public void Execute(ScriptContext context)
        {
            ExternalPlanSetup source = context.ExternalPlanSetup;
            if (source == null || !source.IsDoseValid || source.NumberOfFractions == null)
            {
                throw new ApplicationException("Please open a plan with dose and prescription.");
            }
            context.Patient.BeginModifications();
            int fractions = source.NumberOfFractions.Value;
            DoseValuePresentation shown = source.DoseValuePresentation;
            source.DoseValuePresentation = DoseValuePresentation.Absolute;
            DoseValue.DoseUnit unit = source.TotalDose.Unit;
            double unitsPerGy = unit == DoseValue.DoseUnit.cGy ? 100 : 1;

            ExternalPlanSetup plan = context.Course.AddExternalPlanSetup(source.StructureSet);
            plan.Id = "EQD2";
            double prescribed = Eqd2(source.TotalDose.Dose / unitsPerGy, fractions, TargetGy);
            plan.SetPrescription(fractions, new DoseValue(prescribed * unitsPerGy / fractions, unit), 1.0);
            plan.PlanNormalizationValue = 100;
            plan.DoseValuePresentation = DoseValuePresentation.Absolute;
            EvaluationDose copy = plan.CopyEvaluationDose(source.Dose);

            double[] from = Line(source.Dose);
            double[] to = Line(copy);
            List<Structure> targets = source.StructureSet.Structures.Where(s => s.DicomType == "PTV" && !s.IsEmpty).ToList();
            Dose dose = source.Dose;
            int[,] counts = new int[dose.XSize, dose.YSize];
            for (int k = 0; k < dose.ZSize; k++)
            {
                dose.GetVoxels(k, counts);
                for (int x = 0; x < dose.XSize; x++)
                {
                    for (int y = 0; y < dose.YSize; y++)
                    {
                        VVector at = dose.Origin + dose.XDirection * (x * dose.XRes) + dose.YDirection * (y * dose.YRes)
                            + dose.ZDirection * (k * dose.ZRes);
                        double alphaBeta = targets.Any(s => s.IsPointInsideSegment(at)) ? TargetGy : NormalGy;
                        double gy = (from[0] + from[1] * counts[x, y]) / unitsPerGy;
                        counts[x, y] = (int)Math.Round((Eqd2(gy, fractions, alphaBeta) * unitsPerGy - to[0]) / to[1]);
                    }
                }
                copy.SetVoxels(k, counts);
            }
            source.DoseValuePresentation = shown;
        }

        private static double Eqd2(double totalGy, int fractions, double alphaBeta)
        {
            return totalGy * (totalGy / fractions + alphaBeta) / (ReferenceFractionGy + alphaBeta);
        }

        /// <summary>Dose of no count, and of one.</summary>
        private static double[] Line(Dose dose)
        {
            double zero = dose.VoxelToDoseValue(0).Dose;
            return new[] { zero, (dose.VoxelToDoseValue(Probe).Dose - zero) / Probe };
        }
    }
}
