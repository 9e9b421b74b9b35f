using System;
using System.Linq;
using System.Reflection;
using System.Reflection.Emit;
using System.Threading;
using System.Threading.Tasks;
using EsapiBridge.Mock;
using VMS.TPS.Common.Model.API;
using VMS.TPS.Common.Model.Types;

/// <summary>Who may do what, from where and when.</summary>
internal static class AccessTraps
{
    internal static void Row01(Seen seen)
    {
        ExternalPlanSetup plan = Program.Plan("HFS", "Plan A", false);
        Patient patient = plan.Course.Patient;
        Beam beam = plan.Beams.First();
        Fluence fluence = beam.GetOptimalFluence();
        Action[] writes =
        {
            () => patient.AddCourse(),
            () => patient.RemoveCourse(plan.Course),
            () => plan.Course.Id = "X",
            () => plan.Course.AddExternalPlanSetup(plan.StructureSet),
            () => plan.Course.CopyPlanSetup(plan),
            () => plan.Course.RemovePlanSetup(plan),
            () => plan.Id = "X",
            () => plan.SetPrescription(1, new DoseValue(2, "Gy"), 1),
            () => plan.PlanNormalizationValue = 90,
            () => plan.SetCalculationModel(CalculationType.PhotonVolumeDose, "AAA_15606"),
            () => plan.ClearCalculationModel(CalculationType.PhotonVolumeDose),
            () => plan.SetCalculationOption("AAA_15606", "CalculationGridSizeInCM", "0.5"),
            () => plan.CreateEvaluationDose(),
            () => plan.CopyEvaluationDose(plan.Dose),
            () => plan.CalculateDose(),
            () => plan.CalculateLeafMotions(),
            () => plan.CalculateLeafMotions(new LMCVOptions(true)),
            () => plan.CalculateLeafMotionsAndDose(),
            () => plan.RemoveBeam(beam),
            () => plan.AddStaticBeam(Machine(), new VRect<double>(-1, -1, 1, 1), 0, 0, 0, new VVector(0, 0, 0)),
            () => beam.Id = "X",
            () => beam.SetOptimalFluence(fluence),
            () => beam.ApplyParameters(beam.GetEditableParameters())
        };
        seen["before"] = writes.Select(Program.Attempt).ToArray();
        string message;
        // What needs no right to write.
        plan.DoseValuePresentation = DoseValuePresentation.Absolute;
        seen["free"] = Program.Attempt(() => beam.CanSetOptimalFluence(fluence, out message));
        patient.BeginModifications();
        seen["after"] = Program.Attempt(() => plan.PlanNormalizationValue = 90);
        seen["value"] = plan.PlanNormalizationValue;
    }

    internal static void Row02(Seen seen)
    {
        MockSession session = MockSession.Open(Program.Database);
        Patient patient = session.OpenPatient("HFS");
        Assembly script = Assembly.LoadFrom(Program.ReadOnlyScript);
        MethodInfo begin = script.GetTypes().First(t => t.Name == "ReadOnlyScript").GetMethod("Begin");
        Action<Patient> typed = (Action<Patient>)Delegate.CreateDelegate(typeof(Action<Patient>), begin);
        seen["unmarked_caller"] = Program.Attempt(() => typed(patient));
        session.Guard.BeginScript(script);
        seen["unmarked_script"] = Program.Attempt(patient.BeginModifications);
        seen["can_modify_unmarked"] = patient.CanModifyData();
        session.Guard.BeginScript(Assembly.GetExecutingAssembly());
        session.Guard.HasWriteLicence = false;
        seen["unlicensed"] = Program.Attempt(patient.BeginModifications);
        session.Guard.HasWriteLicence = true;
        session.Guard.ResearchMode = false;
        seen["unapproved"] = Program.Attempt(patient.BeginModifications);
        seen["still_read_only"] = Program.Attempt(() => patient.AddCourse());
        session.Guard.ScriptApproved = true;
        seen["approved"] = Program.Attempt(patient.BeginModifications);
        seen["can_modify"] = patient.CanModifyData();
    }

    internal static void Row03(Seen seen)
    {
        MockSession session;
        ExternalPlanSetup plan = Program.Plan("HFS", "Plan A", true, out session);
        MethodInfo add = typeof(Course).GetMethod("AddExternalPlanSetup", new[] { typeof(StructureSet) });
        MethodInfo begin = typeof(Patient).GetMethod("BeginModifications");
        seen["refuses"] = session.Guard.RefusesReflection;
        seen["allowed_begin"] = Program.Attempt(() => begin.Invoke(plan.Course.Patient, null));
        seen["allowed"] = Program.Attempt(() => add.Invoke(plan.Course, new object[] { plan.StructureSet }));
        session.Guard.RefusesReflection = true;
        int before = plan.Course.PlanSetups.Count();
        string error = Program.Attempt(() => add.Invoke(plan.Course, new object[] { plan.StructureSet }));
        seen["invoked"] = error.StartsWith("TargetInvocationException", StringComparison.Ordinal);
        try
        {
            add.Invoke(plan.Course, new object[] { plan.StructureSet });
        }
        catch (TargetInvocationException wrapped)
        {
            seen["inner"] = Program.Attempt(() => { throw wrapped.InnerException; });
        }
        seen["added_by_reflection"] = plan.Course.PlanSetups.Count() - before;
        PropertyInfo beams = typeof(PlanSetup).GetProperty("Beams");
        seen["read_by_reflection"] = Program.Attempt(() => beams.GetValue(plan, null));
        Func<StructureSet, ExternalPlanSetup> typed = (Func<StructureSet, ExternalPlanSetup>)Delegate.CreateDelegate(
            typeof(Func<StructureSet, ExternalPlanSetup>), plan.Course, add);
        typed(plan.StructureSet);
        seen["added_by_delegate"] = plan.Course.PlanSetups.Count() - before;
    }

    /// <summary>
    /// Changes on a thread of the pool that no frame of the script is on: by a delegate of the API's own method, and by
    /// a method made at run time.
    /// </summary>
    internal static void Row41(Seen seen)
    {
        MockSession session;
        ExternalPlanSetup plan = Program.Plan("HFS", "Plan A", false, out session);
        Patient patient = plan.Course.Patient;
        session.Guard.BeginScript(Assembly.GetExecutingAssembly());
        seen["begin"] = WithoutFrame(session, patient.BeginModifications);
        seen["still_read_only"] = Program.Attempt(() => patient.AddCourse());
        seen["script"] = Program.Attempt(patient.BeginModifications);
        DynamicMethod made = new DynamicMethod("AddCourse", typeof(void), new[] { typeof(Patient) }, typeof(Patient).Module);
        ILGenerator code = made.GetILGenerator();
        code.Emit(OpCodes.Ldarg_0);
        code.Emit(OpCodes.Call, typeof(Patient).GetMethod("AddCourse"));
        code.Emit(OpCodes.Pop);
        code.Emit(OpCodes.Ret);
        Action add = (Action)made.CreateDelegate(typeof(Action), patient);
        int before = patient.Courses.Count();
        seen["made"] = WithoutFrame(session, add);
        seen["added_without"] = patient.Courses.Count() - before;
        add();
        seen["added_below_the_script"] = patient.Courses.Count() - before;
        session.Guard.ScriptAssembly = null;
        seen["stand_alone"] = WithoutFrame(session, patient.BeginModifications);
    }

    private static string WithoutFrame(MockSession session, Action change)
    {
        Action all = session.Guard.UseThisThread;
        Task task = Task.Factory.StartNew(all + change);
        string error = Program.Attempt(delegate { try { task.Wait(); } catch (AggregateException e) { throw e.InnerException; } });
        session.Guard.UseThisThread();
        return error;
    }

    internal static void Row04(Seen seen)
    {
        ExternalPlanSetup plan = Program.Plan("HFS", "Plan A", true);
        string read = null;
        string write = null;
        Thread thread = new Thread(delegate()
        {
            read = Program.Attempt(() => plan.Id.ToString());
            write = Program.Attempt(() => plan.PlanNormalizationValue = 90);
        });
        thread.Start();
        thread.Join();
        seen["read"] = read;
        seen["write"] = write;
        seen["value"] = plan.PlanNormalizationValue;
    }

    internal static void Row05(Seen seen)
    {
        using (Application application = Program.StandAlone)
        {
            seen["second"] = Program.Attempt(() => Application.CreateApplication());
            seen["patients"] = application.PatientSummaries.Select(p => p.Id).ToArray();
            seen["unknown"] = application.OpenPatientById("nobody") == null;
            Patient patient = application.OpenPatientById("HFS");
            PlanSetup plan = patient.Courses.First().PlanSetups.First();
            seen["two_open"] = Program.Attempt(() => application.OpenPatientById("HFP"));
            application.ClosePatient();
            seen["closed_patient"] = Program.Attempt(() => patient.Id.ToString());
            seen["closed_plan"] = Program.Attempt(() => plan.Id.ToString());
            seen["reopened"] = application.OpenPatientById("HFP").Id;
        }
        seen["after_dispose"] = Program.Attempt(() => Application.CreateApplication());
    }

    internal static void Row36(Seen seen)
    {
        MockSession session;
        ExternalPlanSetup plan = Program.Plan("HFS", "Plan A", true, out session);
        session.Guard.Aborted = true;
        seen["aborted"] = Program.Attempt(() => plan.Id.ToString());
        session.Guard.BeginScript(Assembly.GetExecutingAssembly());
        session.Guard.ObjectLimit = 5;
        seen["limit"] = Program.Attempt(delegate
        {
            for (int n = 0; n < 10; n++)
            {
                plan.Beams.ToList();
            }
        });
    }

    internal static ExternalBeamMachineParameters Machine()
    {
        return new ExternalBeamMachineParameters("TB1", "10X", 2400, "STATIC", "FFF");
    }
}
