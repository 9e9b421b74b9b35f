using System;
using System.Linq;
using System.Reflection;
using EsapiBridge.Mock;
using VMS.TPS.Common.Model.API;
using VMS.TPS.Common.Model.Types;

/// <summary>What surrounds a plan: rows 56 to 58.</summary>
internal static class FactTraps
{
    internal static void Row56(Seen seen)
    {
        PatientSummary summary = Program.StandAlone.PatientSummaries.First(s => s.Id == "HFP");
        seen["summary"] = new[] { summary.LastName, summary.FirstName, summary.Sex, summary.SSN, summary.Id2 };
        seen["summary_created"] = Time(summary.CreationDateTime);
        seen["birth"] = Time(summary.DateOfBirth);
        MockSession session;
        ExternalPlanSetup plan = Program.Plan("HFP", "Plan A", true, out session);
        Patient patient = session.Patient;
        seen["patient"] = new[] { patient.Sex, patient.PrimaryOncologistId, patient.Hospital.Id };
        seen["plan_created"] = Time(plan.CreationDateTime);
        seen["plan_history"] = Time(plan.HistoryDateTime);
        seen["beam_history"] = Time(plan.Beams.First().HistoryDateTime);
        seen["image_history"] = Time(plan.StructureSet.Image.HistoryDateTime);
        seen["structure_history"] = Time(plan.StructureSet.Structures.First().HistoryDateTime);
        seen["approval"] = new[] { plan.PlanningApprovalDate, plan.PlanningApprover, plan.TreatmentApprover };
        seen["intent"] = plan.PlanIntent;
        Course course = plan.Course;
        seen["course"] = Time(course.StartDateTime);
        seen["nothing"] = course.Diagnoses.Count() + course.TreatmentPhases.Count() + course.TreatmentSessions.Count()
            + course.IonPlanSetups.Count() + course.BrachyPlanSetups.Count() + plan.TreatmentSessions.Count();
        ScriptContext context = session.CreateContext("C1", "Plan A");
        seen["other_kinds"] = context.IonPlanSetup == null && context.BrachyPlanSetup == null
            && !context.IonPlansInScope.Any() && !context.BrachyPlansInScope.Any();
        context.Patient.BeginModifications();
        DateTime before = DateTime.Now.AddSeconds(-1);
        context.ExternalPlanSetup.PlanNormalizationValue = 97;
        seen["changed"] = context.PlanSetup.HistoryDateTime >= before;
        seen["still_created"] = Time(context.PlanSetup.CreationDateTime);
        Study study = patient.Studies.Single();
        Series series = study.Series.Single();
        seen["study"] = new[] { study.UID, study.Id, series.ImagingDeviceId, series.ImagingDeviceManufacturer };
        seen["study_created"] = Time(study.CreationDateTime);
        seen["same_study"] = series.Study == study;
        seen["device"] = Program.Attempt(() => series.SetImagingDevice("CT2"));
        seen["copy_image"] = Program.Attempt(() => patient.CopyImageFromOtherPatient("a", "b", "c"));
#pragma warning disable 612, 618
        seen["old_names"] = new object[] { plan.PrescribedPercentage, plan.TotalPrescribedDose, plan.PrescribedDosePerFraction };
#pragma warning restore 612, 618
        AddedPlan(seen);
    }

    private static void AddedPlan(Seen seen)
    {
        MockSession session;
        ExternalPlanSetup plan = Program.Plan("FFS", "Plan A", true, out session);
        Course course = session.Patient.AddCourse();
        course.Id = "FACTS";
        ExternalPlanSetup added = course.AddExternalPlanSetup(plan.StructureSet);
        added.Id = "Added";
        added.UseGating = true;
        ReferencePoint point = added.AddReferencePoint(null, plan.Beams.First().IsocenterPosition, "iso", "isocentre");
        point.TotalDoseLimit = new DoseValue(66, "Gy");
        seen["limit_unit"] = Program.Attempt(() => point.DailyDoseLimit = new DoseValue(2, "cGy"));
        seen["duplicate_point"] = Program.Attempt(() => added.AddReferencePoint(null, null, "iso", ""));
        session.Save();
        session.ClosePatient();
        session.OpenPatient("FFS");
        ScriptContext context = session.CreateContext("FACTS", "Added");
        seen["points"] = context.PlanSetup.ReferencePoints.Select(p => p.Id).ToArray();
        seen["primary"] = context.PlanSetup.PrimaryReferencePoint.HasLocation(context.PlanSetup);
        ReferencePoint found = context.PlanSetup.ReferencePoints.Last();
        seen["found"] = Program.Numbers(found.GetReferencePointLocation(context.PlanSetup));
        seen["found_limits"] = new object[] { found.TotalDoseLimit, found.DailyDoseLimit };
        seen["gated"] = context.PlanSetup.UseGating;
        seen["found_name"] = found.Name;
        seen["made_now"] = context.PlanSetup.CreationDateTime >= DateTime.Now.AddMinutes(-5)
            && context.Course.StartDateTime >= DateTime.Now.AddMinutes(-5);
        context.Patient.BeginModifications();
        context.Patient.RemoveCourse(context.Course);
        session.Save();
    }

    internal static void Row57(Seen seen)
    {
        foreach (string patient in new[] { "HFS", "HFP", "FFS" })
        {
            ExternalPlanSetup plan = Program.Plan(patient, "Plan A", false);
            Image image = plan.StructureSet.Image;
            VVector point = new VVector(11, 22, 33);
            seen[patient] = Program.Numbers(image.DicomToUser(point, plan) - image.DicomToUser(image.UserOrigin, plan));
            seen[patient + "_image"] = Program.Numbers(image.DicomToUser(point, null));
            seen[patient + "_back"] = Program.Numbers(image.UserToDicom(image.DicomToUser(point, plan), plan));
            if (patient == "HFP")
            {
                Profile(seen, image);
                Registered(seen, plan.Course.Patient);
                ReferencePoint primary = plan.PrimaryReferencePoint;
                seen["point"] = Program.Numbers(primary.GetReferencePointLocation(plan));
#pragma warning disable 612, 618
                seen["point_dose"] = plan.DosePerFractionInPrimaryRefPoint;
#pragma warning restore 612, 618
                plan.DoseValuePresentation = DoseValuePresentation.Absolute;
                seen["dose_there"] = plan.Dose.GetDoseToPoint(primary.GetReferencePointLocation(plan));
            }
        }
    }

    private static void Profile(Seen seen, Image image)
    {
        double[] buffer = new double[9];
        VVector across = image.XDirection * (image.XRes * (image.XSize - 1));
        ImageProfile profile = image.GetImageProfile(image.Origin - across * 0.125, image.Origin + across * 0.875, buffer);
        seen["profile"] = profile.Select(p => p.Value).ToArray();
        seen["profile_unit"] = profile.Unit;
        seen["profile_at"] = Program.Numbers(profile[4].Position);
    }

    private static void Registered(Seen seen, Patient patient)
    {
        Registration registration = patient.Registrations.Single();
        VVector there = registration.TransformPoint(new VVector(1, 2, 3));
        seen["there"] = Program.Numbers(there);
        seen["and_back"] = Program.Numbers(registration.InverseTransformPoint(there));
        seen["matrix"] = registration.TransformationMatrix;
        seen["frames"] = new[] { registration.SourceFOR, registration.RegisteredFOR };
        seen["registered"] = Time(registration.CreationDateTime);
    }

    internal static void Row58(Seen seen)
    {
        seen["nameless"] = Program.Attempt(() => CustomScriptExecutable.CreateApplication(""));
        seen["second"] = Program.Attempt(() => CustomScriptExecutable.CreateApplication("again"));
        MockSession session = MockSession.Open(Program.Database);
        session.Guard.ScriptAssembly = typeof(Enumerable).Assembly;  // nothing that is marked as writable
        session.OpenPatient("FFS");
        seen["unmarked"] = Program.Attempt(session.Patient.BeginModifications);
        session.Guard.ScriptAssembly = null;
        typeof(Guard).GetProperty("IsInterpreter", BindingFlags.NonPublic | BindingFlags.Instance)
            .SetValue(session.Guard, true, null);
        session.Guard.ResearchMode = false;
        session.Guard.ScriptApproved = true;
        seen["clinical"] = Program.Attempt(session.Patient.BeginModifications);
        session.Guard.ResearchMode = true;
        seen["research"] = Program.Attempt(session.Patient.BeginModifications);
    }

    private static string Time(DateTime? time)
    {
        return time.HasValue ? time.Value.ToString("s", System.Globalization.CultureInfo.InvariantCulture) : null;
    }
}
