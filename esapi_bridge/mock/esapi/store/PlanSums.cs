using System.Collections.Generic;
using System.IO;
using System.Linq;

namespace EsapiBridge.Mock
{
    /// <summary>Sums of plans in patient.json, by the identifiers of course and plan.</summary>
    internal static class PlanSums
    {
        /// <summary>Reads the sums of a course of a patient whose plans are read: a sum may have plans of other courses.</summary>
        internal static void Read(PatientState patient, CourseState course, JsonPart part)
        {
            foreach (JsonPart entry in part.Has("plan_sums") ? part.Parts("plan_sums") : new JsonPart[0])
            {
                PlanSumState sum = new PlanSumState();
                sum.Course = course;
                sum.Id = entry.Text("id");
                sum.Name = entry.Text("name", "");
                sum.Comment = entry.Text("comment", "");
                foreach (JsonPart component in entry.Parts("plans"))
                {
                    sum.Parts.Add(new PlanSumPart
                    {
                        Plan = Plan(patient, component.Text("course"), component.Text("plan")),
                        Weight = component.Number("weight", 1.0),
                        Subtracted = component.Has("subtracted") && component.Flag("subtracted")
                    });
                }
                if (sum.Parts.Count == 0)
                {
                    throw new InvalidDataException("patient.json: a plan sum must have plans");
                }
                string set = entry.Text("structure_set_uid", null);
                sum.StructureSet = sum.Parts.Select(p => p.Plan.StructureSet).FirstOrDefault(s => s.Uid == set)
                    ?? sum.Parts[0].Plan.StructureSet;
                course.Sums.Add(sum);
            }
        }

        /// <summary>Adds the sums of a course to what is written of it.</summary>
        internal static void Write(CourseState course, Dictionary<string, object> entry)
        {
            if (course.Sums.Count > 0)
            {
                entry["plan_sums"] = course.Sums.Select(s => Entry(s)).ToList();
            }
        }

        private static Dictionary<string, object> Entry(PlanSumState sum)
        {
            return new Dictionary<string, object>
            {
                { "id", sum.Id },
                { "name", sum.Name },
                { "comment", sum.Comment },
                { "structure_set_uid", sum.StructureSet.Uid },
                { "plans", sum.Parts.Select(p => new Dictionary<string, object>
                    {
                        { "course", p.Plan.Course.Id }, { "plan", p.Plan.Id }, { "weight", p.Weight },
                        { "subtracted", p.Subtracted }
                    }).ToList() }
            };
        }

        private static PlanState Plan(PatientState patient, string course, string id)
        {
            PlanState plan = patient.Courses.Where(c => c.Id == course).SelectMany(c => c.Plans)
                .FirstOrDefault(p => p.Id == id);
            if (plan == null)
            {
                throw new InvalidDataException("patient.json: plans of a plan sum must be among the patient's");
            }
            return plan;
        }
    }
}
