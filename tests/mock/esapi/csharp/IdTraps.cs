using System.Linq;
using System.Text;
using EsapiBridge.Mock;
using VMS.TPS.Common.Model.API;
using VMS.TPS.Common.Model.Types;

/// <summary>What is open, what it is called and what is kept.</summary>
internal static class IdTraps
{
    internal static void Row33(Seen seen)
    {
        MockSession session = MockSession.Open(Program.Database);
        seen["nothing"] = Nulls(session.CreateContext(null, null));
        seen["unknown_patient"] = session.OpenPatient("nobody") == null;
        session.OpenPatient("HFS");
        seen["patient"] = Nulls(session.CreateContext(null, null));
        seen["course"] = Nulls(session.CreateContext("C1", null));
        ScriptContext context = session.CreateContext("C1", "Plan A");
        seen["plan"] = Nulls(context);
        seen["in_scope"] = context.PlansInScope.Select(p => p.Id).ToArray();
        seen["user"] = context.CurrentUser == null;
        seen["shared"] = context.StructureSet == context.PlansInScope.Last().StructureSet;
    }

    private static string[] Nulls(ScriptContext context)
    {
        object[] members = { context.Patient, context.Course, context.PlanSetup, context.ExternalPlanSetup,
            context.StructureSet, context.Image };
        return new[] { "Patient", "Course", "PlanSetup", "ExternalPlanSetup", "StructureSet", "Image" }
            .Where((name, n) => ReferenceEquals(members[n], null)).ToArray();
    }

    internal static void Row34(Seen seen)
    {
        MockSession session;
        ExternalPlanSetup plan = Program.Plan("SAVE", "Plan A", true, out session);
        seen["long"] = Program.Attempt(() => plan.Id = "12345678901234");
        seen["longest"] = Program.Attempt(() => plan.Id = "1234567890123");
        seen["duplicate"] = Program.Attempt(() => plan.Id = "ARC");
        seen["empty"] = Program.Attempt(() => plan.Id = "");
        seen["course_long"] = Program.Attempt(() => plan.Course.Id = "12345678901234");
        seen["course_duplicate"] = Program.Attempt(() => plan.Course.Id = "C2");
        StringBuilder hint = new StringBuilder();
        seen["valid"] = TypeBasedIdValidator.IsValidId("12345678901234", plan, hint);
        seen["hint"] = hint.Length > 0;
        seen["beam_duplicate"] = Program.Attempt(() => plan.Beams.First().Id = "Open");
        seen["beam"] = Program.Attempt(() => plan.Beams.First().Id = "1234567890123456");
        session.Discard();
        ScriptContext context = session.CreateContext("C1", "Approved");
        context.Patient.BeginModifications();
        seen["status"] = context.PlanSetup.ApprovalStatus;
        seen["removable"] = context.Course.CanRemovePlanSetup(context.PlanSetup);
        seen["remove"] = Program.Attempt(() => context.Course.RemovePlanSetup(context.PlanSetup));
        context.PlanSetup.PlanNormalizationValue = 90;
        seen["save"] = Program.Attempt(session.Save);
        session.Discard();
        context = session.CreateContext("C1", "Approved");
        seen["unchanged"] = context.PlanSetup.PlanNormalizationValue;
        context.Patient.BeginModifications();
        seen["copy"] = context.Course.CopyPlanSetup(context.PlanSetup).ApprovalStatus;
    }

    internal static void Row39(Seen seen)
    {
        MockSession session;
        ExternalPlanSetup plan = Program.Plan("SAVE", "Plan A", true, out session);
        seen["clean"] = session.HasChanges;
        seen["save_members"] = typeof(ScriptContext).GetMethods().Concat(typeof(Patient).GetMethods())
            .Where(m => m.Name.StartsWith("Save", System.StringComparison.Ordinal)).Select(m => m.Name).ToArray();
        plan.Course.AddExternalPlanSetup(plan.StructureSet).Id = "Lost";
        seen["dirty"] = session.HasChanges && plan.Course.Patient.HasModifiedData;
        session.Discard();
        seen["discarded"] = session.Patient.Courses.First().PlanSetups.Select(p => p.Id).ToArray();
        seen["old_object"] = Program.Attempt(() => plan.Id.ToString());
        seen["begun_again"] = Program.Attempt(() => session.Patient.AddCourse());

        ScriptContext context = session.CreateContext("C1", "Plan A");
        context.Patient.BeginModifications();
        Course course = context.Patient.AddCourse();
        course.Id = "DDN_RESEARCH";
        ExternalPlanSetup kept = course.AddExternalPlanSetup(context.StructureSet);
        kept.Id = "Kept";
        kept.SetPrescription(20, new DoseValue(3, "Gy"), 0.95);
        kept.PlanNormalizationValue = 100;
        EvaluationDose dose = kept.CopyEvaluationDose(context.PlanSetup.Dose);
        int[,] plane = new int[dose.XSize, dose.YSize];
        for (int k = 0; k < dose.ZSize; k++)
        {
            for (int x = 0; x < dose.XSize; x++)
            {
                for (int y = 0; y < dose.YSize; y++)
                {
                    plane[x, y] = 1234567 - 100000 * k - 10001 * x - 307 * y;
                }
            }
            dose.SetVoxels(k, plane);
        }
        PlanSetup copy = course.CopyPlanSetup(context.PlanSetup);
        copy.Id = "Copy";
        ExternalPlanSetup fields = course.AddExternalPlanSetup(context.StructureSet);
        fields.Id = "Fields";
        float[,] leaves = new float[2, 60];
        for (int leaf = 0; leaf < 60; leaf++)
        {
            leaves[0, leaf] = -leaf;
            leaves[1, leaf] = leaf / 2f;
        }
        fields.AddMLCBeam(new ExternalBeamMachineParameters("TB2", "6X", 600, "STATIC", ""), leaves,
            new VRect<double>(-10, -20, 30, 40), 45, 90, 350, new VVector(1, 2, 3));
        fields.AddStaticBeam(AccessTraps.Machine(), new VRect<double>(-50, -60, 70, 80), 0, 359, 0, new VVector(1, 2, 3));
        seen["saved"] = Program.Attempt(session.Save);
        seen["after_save"] = session.HasChanges;
        session.ClosePatient();

        Patient standalone = Program.StandAlone.OpenPatientById("SAVE");
        seen["standalone_read_only"] = Program.Attempt(Program.StandAlone.SaveModifications);
        standalone.BeginModifications();
        standalone.AddCourse().Id = "STANDALONE";
        seen["standalone"] = Program.Attempt(Program.StandAlone.SaveModifications);
        Program.StandAlone.ClosePatient();

        MockSession early = MockSession.Open(Program.Database);
        MockSession late = MockSession.Open(Program.Database);
        Patient[] patients = { early.OpenPatient("SAVE"), late.OpenPatient("SAVE") };
        foreach (Patient patient in patients)
        {
            patient.BeginModifications();
            patient.AddCourse().Id = "SAME TIME";
        }
        seen["early"] = Program.Attempt(early.Save);
        seen["late"] = Program.Attempt(late.Save);
        late.Discard();
        seen["courses"] = late.Patient.Courses.Select(c => c.Id).ToArray();

        MockSession other = MockSession.Open(Program.Database);
        other.OpenPatient("SAVE");
        ExternalPlanSetup found = other.CreateContext("DDN_RESEARCH", "Kept").ExternalPlanSetup;
        seen["found_planes"] = Program.Planes(found.DoseAsEvaluationDose);
        seen["found_percentage"] = found.TreatmentPercentage;
        seen["found_million"] = found.Dose.VoxelToDoseValue(1000000);
        seen["found_beams"] = found.Beams.Count();
        PlanSetup again = other.CreateContext("DDN_RESEARCH", "Copy").PlanSetup;
        seen["copy_planes"] = Program.Planes(again.Dose);
        seen["source_planes"] = Program.Planes(other.CreateContext("C1", "Plan A").PlanSetup.Dose);
    }
}
