using System.Collections.Generic;
using System.Linq;
using System.Text;
using VMS.TPS.Common.Model.API;

namespace EsapiBridge.Scripts
{
    /// <summary>
    /// The plans that a collection makes and removes. Their ids hold a digest of their own UID, so that one that a killed run
    /// left behind is known without any list, and nothing of the user's is ever taken for one: not even a copy of one, whose
    /// UID is another.
    /// </summary>
    public static class CollectionPlans
    {
        private const string Prefix = "DNP_";

        /// <summary>The id of a plan that a collection makes.</summary>
        public static string IdOf(PlanSetup plan)
        {
            string digest = Sha256.Of(Encoding.UTF8.GetBytes(plan.UID ?? ""));
            return Prefix + digest.Substring(0, ResearchCourse.LongestPlanId - Prefix.Length);
        }

        /// <summary>
        /// Removes what a killed run left behind: its plans, and their course if it holds nothing else. The patient's
        /// modifications have begun.
        /// </summary>
        /// <param name="patient">The patient.</param>
        /// <param name="courseId">Id of the course of new plans.</param>
        /// <returns>How many plans were removed.</returns>
        public static int RemoveLeft(Patient patient, string courseId)
        {
            int removed = 0;
            foreach (Course course in patient.Courses.Where(course => course.Id == courseId).ToList())
            {
                List<PlanSetup> left = course.PlanSetups.Where(plan => !string.IsNullOrEmpty(plan.UID) && plan.Id == IdOf(plan)).ToList();
                left.ForEach(course.RemovePlanSetup);
                removed += left.Count;
                if (left.Count > 0 && !course.PlanSetups.Any() && !course.PlanSums.Any())
                {
                    patient.RemoveCourse(course);
                }
            }
            return removed;
        }
    }
}
