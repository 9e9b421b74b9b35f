using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text;

namespace EsapiBridge.Mock
{
    /// <summary>
    /// Saves a patient: a new case folder for every changed plan beside the old ones, then patient.json in one step. Until
    /// then the patient is as before.
    /// </summary>
    internal static class PatientWriter
    {
        internal static void Save(PatientState patient)
        {
            List<PlanState> changed = patient.Courses.SelectMany(c => c.Plans).Where(p => p.Changed).ToList();
            foreach (PlanState plan in changed)
            {
                Require(plan);
            }
            if (patient.StructureSets.Any(s => s.Changed && patient.Courses.All(c => c.Plans.All(p => p.StructureSet != s))))
            {
                throw new NotSupportedException(
                    "not in the mock: saving a structure set that no plan uses, for it lies in the case folders of its plans");
            }
            string folder = patient.Database.PatientFolder(patient.Id);
            string file = Path.Combine(folder, PatientReader.PatientFile);
            // The real database locks what is being edited; two sessions here must not lose each other's plans either.
            if (CaseFolder.Digest(File.ReadAllBytes(file)) != patient.FileDigest)
            {
                throw new RefusedException("the patient was saved by another session: discard the changes and open it again");
            }
            string plans = Path.Combine(folder, PatientReader.PlansFolder);
            Dictionary<PlanState, string> names = changed.ToDictionary(p => p, p => "plan-" + Guid.NewGuid().ToString("N"));
            try
            {
                foreach (PlanState plan in changed)
                {
                    CaseWriter.Write(plan, Path.Combine(plans, names[plan]));
                }
                byte[] description = new UTF8Encoding(false).GetBytes(Description(patient, names));
                Replace(file, description);
                patient.FileDigest = CaseFolder.Digest(description);
            }
            catch
            {
                foreach (string name in names.Values.Where(n => Directory.Exists(Path.Combine(plans, n))))
                {
                    Directory.Delete(Path.Combine(plans, name), true);
                }
                throw;
            }
            patient.Changed = false;
            foreach (StructureSetState set in patient.StructureSets)
            {
                set.Changed = false;
            }
            foreach (PlanState plan in changed)
            {
                plan.Folder = names[plan];
                plan.Changed = false;
            }
        }

        private static void Require(PlanState plan)
        {
            // Row 34: text known, type assumed.
            if (VMS.TPS.Common.Model.API.Course.IsLocked(plan))
            {
                throw new RefusedException("PlanSetup is approved: Cannot UPDATE");
            }
            // Row 7: that it fails is known, type and text are assumed.
            if (plan.Dose != null && plan.Dose.VoxelsMissing)
            {
                throw new RefusedException("an evaluation dose was created but no voxels were set: it cannot be saved");
            }
            // A case folder holds Gy, the real database would keep the per cent.
            if (plan.Dose != null && double.IsNaN(plan.GyPerPercent))
            {
                throw new NotSupportedException("not in the mock: saving a dose of a plan without prescription");
            }
        }

        private static string Description(PatientState patient, Dictionary<PlanState, string> names)
        {
            Dictionary<string, object> entry = new Dictionary<string, object>
            {
                { "schema", 1 },
                { "id", patient.Id },
                { "last_name", patient.LastName },
                { "first_name", patient.FirstName },
                { "courses", patient.Courses.Select(c => Course(c, names)).ToList() }
            };
            FactsWriter.Patient(patient, entry);
            return Json.Write(entry);
        }

        private static Dictionary<string, object> Course(CourseState course, Dictionary<PlanState, string> names)
        {
            Dictionary<string, object> entry = new Dictionary<string, object>
            {
                { "id", course.Id },
                { "plans", course.Plans.Select(p => Plan(p, names.ContainsKey(p) ? names[p] : p.Folder)).ToList() }
            };
            PlanSums.Write(course, entry);
            FactsWriter.Course(course, entry);
            return entry;
        }

        private static Dictionary<string, object> Plan(PlanState plan, string folder)
        {
            Dictionary<string, object> entry = new Dictionary<string, object>
            {
                { "id", plan.Id }, { "folder", folder }, { "kind", "external" }
            };
            // What a case folder has no place for, where it is anything.
            if (plan.TreatmentPercentage != 1.0)
            {
                entry["treatment_percentage"] = plan.TreatmentPercentage;
            }
            if (plan.Name.Length > 0)
            {
                entry["name"] = plan.Name;
            }
            if (plan.Comment.Length > 0)
            {
                entry["comment"] = plan.Comment;
            }
            if (plan.StructureSet.HasOwnId)
            {
                entry["structure_set_id"] = plan.StructureSet.Id;
            }
            Dictionary<string, object> types = plan.Beams.Where(b => b.MlcType.HasValue).ToDictionary(
                b => b.Number.ToString(System.Globalization.CultureInfo.InvariantCulture), b => (object)b.MlcType.Value.ToString());
            if (types.Count > 0)
            {
                entry["mlc_plan_types"] = types;
            }
            if (!plan.Optimisation.IsEmpty)
            {
                entry["optimisation"] = plan.Optimisation.Write();
            }
            FactsWriter.Plan(plan, entry);
            return entry;
        }

        private static void Replace(string path, byte[] bytes)
        {
            string partial = path + "." + Guid.NewGuid().ToString("N") + ".partial";
            CaseWriter.ToDisk(partial, bytes);
            try
            {
                File.Replace(partial, path, null);
            }
            catch
            {
                File.Delete(partial);
                throw;
            }
        }
    }
}
