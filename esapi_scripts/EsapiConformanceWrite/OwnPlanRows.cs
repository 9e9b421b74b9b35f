using System;
using System.Linq;
using VMS.TPS.Common.Model.API;
using VMS.TPS.Common.Model.Types;

namespace EsapiBridge.Scripts.Conformance
{
    /// <summary>
    /// Questions to arcs and objectives of a new plan, and to rules of structures and their volumes. Structures are not changed:
    /// volumes are made of theirs and thrown away.
    /// </summary>
    public static class OwnPlanRows
    {
        private const double TooLargeMm = 60;
        private const double Priority = 50;
        private const double FitMarginMm = 600;

        /// <summary>Asks them.</summary>
        public static void Ask(Survey survey, ScriptContext context, Course course)
        {
            ExternalPlanSetup plan = course.AddExternalPlanSetup(context.StructureSet);
            OfStructures(survey, context.StructureSet);
            OfObjectives(survey, plan, context.StructureSet);
            OfArcs(survey, plan, context.ExternalPlanSetup.Beams.FirstOrDefault(b => !b.IsSetupField && b.MLC != null),
                context.StructureSet.Structures.FirstOrDefault(s => s.HasSegment));
        }

        private static void OfStructures(Survey survey, StructureSet set)
        {
            Structure some = set.Structures.Where(s => s.HasSegment).OrderBy(s => s.Volume).FirstOrDefault();
            survey.IsSo("write.structure_type", 48, "Is a structure of an unknown DICOM type denied?",
                () => !set.CanAddStructure("NO_SUCH_TYPE", "qqq"));
            survey.IsSo("write.structure_id", 48, "Is an id that there is denied?",
                () => some == null ? (bool?)null : !set.CanAddStructure("CONTROL", some.Id));
            survey.Ask("write.margin_large", 49, "What does a margin of 60 mm throw?", "ArgumentException", delegate
            {
                if (some == null)
                {
                    return null;
                }
                some.SegmentVolume.Margin(TooLargeMm);
                return "nothing";
            });
            survey.IsSo("write.volume_operands", 49, "Does an operation on volumes leave its structure as it is?", delegate
            {
                if (some == null)
                {
                    return null;
                }
                double before = some.Volume;
                GC.KeepAlive(some.SegmentVolume.Sub(some.SegmentVolume));
                return some.Volume == before;
            });
            survey.IsSo("write.high_resolution", 50, "Can a structure of high resolution not be converted again?", delegate
            {
                Structure fine = set.Structures.FirstOrDefault(s => s.IsHighResolution);
                return fine == null ? (bool?)null : !fine.CanConvertToHighResolution();
            });
        }

        private static void OfObjectives(Survey survey, ExternalPlanSetup plan, StructureSet set)
        {
            Structure some = set.Structures.FirstOrDefault(s => s.HasSegment);
            survey.Ask("write.objective_unit", 52, "What does an objective in per cent throw?", "ArgumentException", delegate
            {
                if (some == null)
                {
                    return null;
                }
                plan.OptimizationSetup.AddPointObjective(
                    some, OptimizationObjectiveOperator.Upper, new DoseValue(50, DoseValue.DoseUnit.Percent), 10, Priority);
                return "nothing";
            });
            survey.IsSo("write.one_normal_tissue", 52, "Is there one normal tissue objective, the last one stated?", delegate
            {
                plan.OptimizationSetup.AddNormalTissueObjective(Priority, 5, 100, 60, 0.1);
                plan.OptimizationSetup.AddNormalTissueObjective(Priority + 1, 5, 100, 60, 0.1);
                OptimizationNormalTissueParameter[] all =
                    plan.OptimizationSetup.Parameters.OfType<OptimizationNormalTissueParameter>().ToArray();
                return all.Length == 1 && all[0].Priority == Priority + 1;
            });
        }

        private static void OfArcs(Survey survey, ExternalPlanSetup plan, Beam like, Structure some)
        {
            Beam arc = null;
            survey.IsSo("write.arc_points", 54, "Has a VMAT arc a control point for every meterset weight?", delegate
            {
                arc = like == null ? null : Arc(plan, like, 179);
                return arc == null ? (bool?)null : arc.ControlPoints.Count == 5;
            });
            survey.IsSo("write.fluence_arc", 23, "Can an arc be given no fluence?", delegate
            {
                string message;
                return arc == null ? (bool?)null
                    : !arc.CanSetOptimalFluence(new Fluence(new float[4, 6], -6.25, 3.75), out message);
            });
            survey.Ask("write.fit_margin", 55, "What does a fit of the jaws with a margin of 600 mm throw?", "ArgumentException", delegate
            {
                if (arc == null || some == null)
                {
                    return null;
                }
                arc.FitCollimatorToStructure(new FitToStructureMargins(FitMarginMm), some, true, true, false);
                return "nothing";
            });
            survey.Ask("write.arc_angle", 54, "What does an arc to 360 degrees throw?", "ArgumentException", delegate
            {
                if (like == null)
                {
                    return null;
                }
                Arc(plan, like, 360);
                return "nothing";
            });
        }

        private static Beam Arc(ExternalPlanSetup plan, Beam like, double stop)
        {
            string[] energy = like.EnergyModeDisplayName.Split('-');
            ExternalBeamMachineParameters machine = new ExternalBeamMachineParameters(
                like.TreatmentUnit.Id, energy[0], like.DoseRate, "ARC", energy.Length > 1 ? energy[1] : "");
            return plan.AddVMATBeam(
                machine, new[] { 0, 0.25, 0.5, 0.75, 1 }, 0, 10, stop, GantryDirection.Clockwise, 0, like.IsocenterPosition);
        }
    }
}
