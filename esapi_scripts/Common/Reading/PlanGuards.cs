using System.Collections.Generic;
using System.Linq;
using VMS.TPS.Common.Model.API;
using VMS.TPS.Common.Model.Types;

namespace EsapiBridge.Scripts
{
    /// <summary>
    /// What must hold before a plan is read; each guard is small and says what was expected, found and what to do. What a
    /// network may be used for (energy, arcs, accessories ...) is on its card and checked by the Python side.
    /// </summary>
    public static class PlanGuards
    {
        /// <summary>Passes the plan that is open in Eclipse, or refuses.</summary>
        /// <exception cref="RefusedException">A guard refuses.</exception>
        public static ExternalPlanSetup Require(ScriptContext context)
        {
            ExternalPlanSetup plan = RequireOpenPlan(context);
            RequirePlan(plan);
            return plan;
        }

        /// <summary>Passes the plan that is open in Eclipse, with or without fields and a dose, or refuses.</summary>
        /// <exception cref="RefusedException">A guard refuses.</exception>
        public static ExternalPlanSetup RequirePrescribed(ScriptContext context)
        {
            ExternalPlanSetup plan = RequireOpenPlan(context);
            RequireImage(plan.StructureSet);
            RequirePrescription(plan);
            return plan;
        }

        /// <summary>Passes a plan, open or not, or refuses.</summary>
        /// <exception cref="RefusedException">A guard refuses.</exception>
        public static void RequirePlan(ExternalPlanSetup plan)
        {
            RequireImage(plan.StructureSet);
            RequireTreatmentBeams(plan);
            RequirePrescription(plan);
            RequireDose(plan);
        }

        /// <summary>Passes a plan whose fields may get a fluence, or refuses: standing gantry, nothing in the way.</summary>
        /// <exception cref="RefusedException">A guard refuses.</exception>
        public static void RequireFluenceFields(PlanSetup plan)
        {
            List<Beam> arcs = plan.Beams.Where(beam => !beam.IsSetupField && BeamReader.IsArc(beam)).ToList();
            if (arcs.Count > 0)
            {
                throw new RefusedException("fluence belongs to fields with a standing gantry, found an arc or VMAT field ("
                    + string.Join(", ", arcs.Select(beam => beam.Id)) + ")");
            }
            RequirePlainBeams(plan);
        }

        /// <summary>Passes a plan without anything in the way of its beams, or refuses; a case folder has no word for it.</summary>
        /// <exception cref="RefusedException">There is a wedge, a block or the like.</exception>
        public static void RequirePlainBeams(PlanSetup plan)
        {
            foreach (Beam beam in plan.Beams.Where(beam => !beam.IsSetupField))
            {
                RequirePlainBeam(beam);
            }
        }

        /// <summary>Passes a beam without anything in its way, or refuses.</summary>
        /// <exception cref="RefusedException">There is a wedge, a block or the like.</exception>
        public static void RequirePlainBeam(Beam beam)
        {
            List<string> accessories = Accessories.Of(beam);
            if (accessories.Count > 0)
            {
                throw new RefusedException("plain fields are needed, found a " + string.Join(" and a ", accessories)
                    + " in field " + beam.Id);
            }
        }

        /// <summary>Passes the patient that is open in Eclipse, or refuses.</summary>
        /// <exception cref="RefusedException">None is open.</exception>
        public static Patient RequireOpenPatient(ScriptContext context)
        {
            if (context == null || context.Patient == null)
            {
                throw new RefusedException("an open patient is needed, none is open: open a patient and a plan, then start again");
            }
            return context.Patient;
        }

        /// <summary>What the user should know of a plan that passed; empty if nothing.</summary>
        public static string Remarks(PlanSetup plan)
        {
            return IsApproved(plan) ? " Plan " + plan.Id + " is approved (" + plan.ApprovalStatus + "); it is only read." : "";
        }

        /// <summary>Whether a plan is approved in any way.</summary>
        public static bool IsApproved(PlanSetup plan)
        {
            return plan.ApprovalStatus != PlanSetupApprovalStatus.UnApproved
                && plan.ApprovalStatus != PlanSetupApprovalStatus.Rejected;
        }

        private static ExternalPlanSetup RequireOpenPlan(ScriptContext context)
        {
            RequireOpenPatient(context);
            if (context.ExternalPlanSetup == null)
            {
                throw new RefusedException("an open external-beam photon plan is needed, none is open: "
                    + "open the plan, then start again");
            }
            return context.ExternalPlanSetup;
        }

        /// <summary>Passes a structure set on a CT, or refuses.</summary>
        /// <exception cref="RefusedException">There is none, or its image is no CT.</exception>
        public static void RequireImage(StructureSet structures)
        {
            if (structures == null || structures.Image == null)
            {
                throw new RefusedException("the plan needs a structure set on a 3-D image, it has none");
            }
            Series series = structures.Image.Series;
            if (series != null && series.Modality != SeriesModality.CT)
            {
                throw new RefusedException("the plan needs a CT, its image is " + series.Modality);
            }
        }

        /// <summary>Whether a plan has a field beside set-up fields.</summary>
        public static bool HasTreatmentBeams(PlanSetup plan)
        {
            return plan.Beams.Any(beam => !beam.IsSetupField);
        }

        private static void RequireTreatmentBeams(PlanSetup plan)
        {
            if (!HasTreatmentBeams(plan))
            {
                throw new RefusedException("the plan needs a treatment field, it has "
                    + (plan.Beams.Any() ? "set-up fields only" : "no field"));
            }
        }

        /// <summary>Whether a plan has a calculated dose.</summary>
        public static bool HasDose(PlanSetup plan)
        {
            return plan.IsDoseValid && plan.Dose != null;
        }

        /// <summary>Passes a plan without fields that may get some, or refuses: fields take the place of an evaluation dose.</summary>
        /// <exception cref="RefusedException">It has a dose.</exception>
        public static void RequireNoDose(PlanSetup plan)
        {
            if (HasDose(plan))
            {
                throw new RefusedException("a plan without fields must have no dose to be given some, found an evaluation dose: "
                    + "open the plan with its fields, or a plan with contours and prescription only");
            }
        }

        private static void RequireDose(PlanSetup plan)
        {
            if (!HasDose(plan))
            {
                throw new RefusedException("the plan needs a calculated dose, it has none: calculate the dose, then start again");
            }
        }

        private static void RequirePrescription(PlanSetup plan)
        {
            bool isPrescribed = plan.NumberOfFractions.HasValue && plan.NumberOfFractions.Value > 0
                && plan.TotalDose.Dose > 0 && plan.TreatmentPercentage > 0;
            if (!isPrescribed)
            {
                throw new RefusedException("the plan needs a prescription (fractions and dose), it has none: prescribe, "
                    + "then start again");
            }
        }
    }
}
