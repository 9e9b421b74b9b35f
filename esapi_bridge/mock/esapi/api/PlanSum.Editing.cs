// Rows in comments are those of the table of traps in docs/reference/mock-esapi.md.
#if ESAPI_16
using System;
using System.Linq;
using EsapiBridge.Mock;
using VMS.TPS.Common.Model.Types;

namespace VMS.TPS.Common.Model.API
{
    public partial class PlanSum
    {
        /// <summary>Adds a plan with weight 1, or the plans of a sum.</summary>
        public void AddItem(PlanningItem pi)
        {
            AddItem(pi, PlanSumOperation.Addition, 1);
        }

        /// <summary>Adds a plan, or the plans of a sum, by an operation and a weight.</summary>
        public void AddItem(PlanningItem pi, PlanSumOperation operation, double planWeight)
        {
            Writing();
            Add(Self, pi, operation == PlanSumOperation.Subtraction, planWeight);
            Patients.Changed = true;
        }

        /// <summary>Removes a plan; the last one stays (assumed).</summary>
        public void RemoveItem(PlanningItem pi)
        {
            Writing();
            PlanSumPart part = Part(pi);
            if (Self.Parts.Count == 1)
            {
                throw new RefusedException("the last plan of a sum cannot be removed from it");
            }
            Self.Parts.Remove(part);
            Patients.Changed = true;
        }

        /// <summary>Whether a plan's dose is added or subtracted.</summary>
        public PlanSumOperation GetPlanSumOperation(PlanSetup planSetupInPlanSum)
        {
            Reading();
            return Part(planSetupInPlanSum).Subtracted ? PlanSumOperation.Subtraction : PlanSumOperation.Addition;
        }

        /// <summary>Has a plan's dose added or subtracted.</summary>
        public void SetPlanSumOperation(PlanSetup planSetupInPlanSum, PlanSumOperation operation)
        {
            Writing();
            Part(planSetupInPlanSum).Subtracted = operation == PlanSumOperation.Subtraction;
            Patients.Changed = true;
        }

        /// <summary>Weight of a plan's dose.</summary>
        public double GetPlanWeight(PlanSetup planSetupInPlanSum)
        {
            Reading();
            return Part(planSetupInPlanSum).Weight;
        }

        /// <summary>Gives a plan's dose a weight, 0 or more (assumed).</summary>
        public void SetPlanWeight(PlanSetup planSetupInPlanSum, double weight)
        {
            Writing();
            RequireWeight(weight);
            Part(planSetupInPlanSum).Weight = weight;
            Patients.Changed = true;
        }

        internal static void Add(PlanSumState sum, PlanningItem item, bool subtracted, double weight)
        {
            RequireWeight(weight);
            if (item == null)
            {
                throw new ArgumentNullException("item");
            }
            item.Reading();
            PlanSumState other = item.State as PlanSumState;
            PlanSumPart[] parts = other == null
                ? new[] { new PlanSumPart { Plan = (PlanState)item.State } } : other.Parts.ToArray();
            foreach (PlanSumPart part in parts)
            {
                if (sum.Parts.Any(p => p.Plan == part.Plan))
                {
                    throw new ArgumentException("expected each plan once in a sum, found one twice");
                }
                if (sum.Parts.Count > 0 && sum.Parts[0].Plan.StructureSet.Image.FrameOfReference
                    != part.Plan.StructureSet.Image.FrameOfReference)
                {
                    throw new NotSupportedException("not in the mock: sums of plans in several frames of reference");
                }
                sum.Parts.Add(new PlanSumPart
                {
                    Plan = part.Plan, Weight = part.Weight * weight, Subtracted = part.Subtracted ^ subtracted
                });
            }
        }

        private PlanSumPart Part(PlanningItem plan)
        {
            PlanSumPart part = plan == null ? null : Self.Parts.FirstOrDefault(p => p.Plan == plan.State);
            if (part == null)
            {
                throw new ArgumentException("expected a plan of the sum");
            }
            return part;
        }

        private static void RequireWeight(double weight)
        {
            if (!(weight >= 0) || double.IsInfinity(weight))
            {
                throw new ArgumentException("expected a weight of 0 or more");
            }
        }
    }
}
#endif
