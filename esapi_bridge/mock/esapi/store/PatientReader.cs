using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text;
using System.Text.RegularExpressions;
using VMS.TPS.Common.Model.Types;

namespace EsapiBridge.Mock
{
    /// <summary>Opens a patient of the database.</summary>
    internal static class PatientReader
    {
        internal const string PatientFile = "patient.json";
        internal const string PlansFolder = "plans";
        private static readonly Regex PlainName = new Regex(@"\A[A-Za-z0-9_-][A-Za-z0-9._-]*\z");

        internal static PatientState Read(MockSession session, string id)
        {
            string folder = session.Database.PatientFolder(id);
            byte[] bytes = File.ReadAllBytes(Path.Combine(folder, PatientFile));
            JsonPart file = JsonPart.Schema1(Encoding.UTF8.GetString(bytes), PatientFile);
            PatientState patient = new PatientState(session);
            patient.FileDigest = CaseFolder.Digest(bytes);
            patient.Id = file.Text("id");
            patient.LastName = file.Text("last_name");
            patient.FirstName = file.Text("first_name");
            if (patient.Id != id)
            {
                throw new InvalidDataException("patient.json must be in a folder of the patient's id");
            }
            FactsReader.Patient(patient, file);
            foreach (JsonPart part in file.Parts("courses"))
            {
                CourseState course = new CourseState();
                course.Id = part.Text("id");
                FactsReader.Course(course, part);
                patient.Courses.Add(course);
                foreach (JsonPart plan in part.Parts("plans"))
                {
                    course.Plans.Add(Plan(patient, course, plan));
                }
            }
            foreach (JsonPart part in file.Parts("courses"))
            {
                PlanSums.Read(patient, patient.Courses.First(c => c.Id == part.Text("id")), part);
            }
            FactsReader.Images(patient, file);
            return patient;
        }

        private static PlanState Plan(PatientState patient, CourseState course, JsonPart part)
        {
            string name = part.Text("folder");
            if (!PlainName.IsMatch(name) || part.Text("kind") != "external")
            {
                throw new InvalidDataException("patient.json: a plan must be external and have a plain folder name");
            }
            string plans = Path.Combine(patient.Database.PatientFolder(patient.Id), PlansFolder);
            CaseReader reader = new CaseReader(patient.Database, Path.Combine(plans, name));
            PlanState plan = reader.Plan();
            plan.Course = course;
            plan.Id = part.Text("id");
            plan.Folder = name;
            plan.Name = part.Text("name", "");
            plan.Comment = part.Text("comment", "");
            plan.TreatmentPercentage = part.Number("treatment_percentage", 1.0);
            plan.StructureSet = Shared(patient, reader, part.Text("structure_set_id", null));
            if (part.Has("mlc_plan_types"))
            {
                foreach (KeyValuePair<string, string> type in part.Part("mlc_plan_types").Texts())
                {
                    plan.Beams.First(b => b.Number.ToString(System.Globalization.CultureInfo.InvariantCulture) == type.Key).MlcType =
                        (MLCPlanType)System.Enum.Parse(typeof(MLCPlanType), type.Value);
                }
            }
            if (part.Has("optimisation"))
            {
                plan.Optimisation = OptimisationState.Read(
                    part.Part("optimisation"), plan.StructureSet.Structures, plan.Beams);
            }
            reader.ReadDoses(plan);
            FactsReader.Plan(patient, plan, part);
            return plan;
        }

        /// <summary>Plans whose structure sets have one UID share one.</summary>
        private static StructureSetState Shared(PatientState patient, CaseReader reader, string id)
        {
            string uid = reader.StructureSetUid;
            StructureSetState set = patient.StructureSets.FirstOrDefault(s => uid != null && s.Uid == uid);
            if (set == null)
            {
                set = reader.StructureSet((patient.StructureSets.Count + 1).ToString(
                    System.Globalization.CultureInfo.InvariantCulture));
                set.Id = id ?? set.Id;
                set.HasOwnId = id != null;
                patient.StructureSets.Add(set);
            }
            return set;
        }
    }
}
