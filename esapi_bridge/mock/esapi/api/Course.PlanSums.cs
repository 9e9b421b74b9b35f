// Rows in comments are those of the table of traps in docs/reference/mock-esapi.md.
using System;
using System.Collections.Generic;
using System.Linq;
using EsapiBridge.Mock;

namespace VMS.TPS.Common.Model.API
{
    public partial class Course
    {
        /// <summary>Sums of plans, as they are when enumerated.</summary>
        public IEnumerable<PlanSum> PlanSums
        {
            get { Reading(); return Self.Sums.Select(s => new PlanSum(Patients, s)); }
        }

#if ESAPI_16
        /// <summary>
        /// Adds a sum of plans and of the plans of sums, all added with weight 1 (Course.CreatePlanSum, ESAPI 16.1). The image must
        /// be that of a plan; plans of other frames of reference are not in the mock (row 47).
        /// </summary>
        public PlanSum CreatePlanSum(IEnumerable<PlanningItem> planningItems, Image image)
        {
            Writing();
            if (planningItems == null || image == null)
            {
                throw new ArgumentNullException(image == null ? "image" : "planningItems");
            }
            PlanSumState sum = new PlanSumState();
            foreach (PlanningItem item in planningItems)
            {
                PlanSum.Add(sum, item, false, 1);
            }
            PlanSumPart onImage = sum.Parts.FirstOrDefault(p => p.Plan.StructureSet.Image == image.State);
            if (onImage == null)
            {
                throw new ArgumentException("expected plans, one of them on the image of the sum");
            }
            sum.Course = Self;
            sum.StructureSet = onImage.Plan.StructureSet;
            sum.Id = IdRules.Fresh("Sum", Self.Sums.Select(s => s.Id));
            Self.Sums.Add(sum);
            Patients.Changed = true;
            return new PlanSum(Patients, sum);
        }

        /// <summary>Whether a sum of this course may be removed.</summary>
        public bool CanRemovePlanSum(PlanSum planSum)
        {
            Reading();
            return planSum != null && Self.Sums.Contains(planSum.Self);
        }

        /// <summary>Removes a sum; its plans stay.</summary>
        public void RemovePlanSum(PlanSum planSum)
        {
            Writing();
            if (!CanRemovePlanSum(planSum))
            {
                throw new RefusedException("the plan sum cannot be removed: expected one of this course");
            }
            planSum.State.Removed = true;
            Self.Sums.Remove(planSum.Self);
            Patients.Changed = true;
        }
#endif

        /// <summary>Whether a sum of the patient uses a plan (row 47).</summary>
        internal static bool IsSummed(PatientState patient, PlanState plan, CourseState besides)
        {
            return patient.Courses.Where(c => c != besides)
                .Any(c => c.Sums.Any(s => s.Parts.Any(p => p.Plan == plan)));
        }
    }
}
