using System;
using System.Collections.Generic;
using System.Linq;
using VMS.TPS.Common.Model.API;

namespace EsapiBridge.Scripts
{
    /// <summary>The patient's own plans on the open structure set.</summary>
    public static class OpenPlans
    {
        /// <summary>A plan with dose and prescription, the open one if it has them; null where there is none.</summary>
        public static ExternalPlanSetup WithDose(ScriptContext context, string researchCourse)
        {
            ExternalPlanSetup open = context.ExternalPlanSetup;
            IEnumerable<ExternalPlanSetup> all = Of(context.Patient, context.StructureSet, researchCourse);
            return (open == null ? all : new[] { open }.Concat(all)).FirstOrDefault(IsCalculated);
        }

        /// <summary>The treatment fields of all of them.</summary>
        public static IEnumerable<WantedField> Fields(Patient patient, StructureSet structures, string researchCourse, Collection collection)
        {
            foreach (ExternalPlanSetup plan in Of(patient, structures, researchCourse))
            {
                string key = Collection.Key(plan.UID);
                int number = collection.NumberOf(key);
                foreach (Beam field in plan.Beams.Where(beam => !beam.IsSetupField))
                {
                    yield return new OwnField(plan, field, key, number);
                }
            }
        }

        private static List<ExternalPlanSetup> Of(Patient patient, StructureSet structures, string researchCourse)
        {
            return patient.Courses.Where(course => course.Id != researchCourse).SelectMany(course => course.ExternalPlanSetups)
                .Where(plan => plan.StructureSet != null && plan.StructureSet == structures).ToList();
        }

        private static bool IsCalculated(ExternalPlanSetup plan)
        {
            try
            {
                PlanGuards.RequirePlan(plan);
                return true;
            }
            catch (RefusedException)
            {
                return false;
            }
        }
    }
}
