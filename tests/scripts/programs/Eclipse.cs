using System;
using System.Collections.Generic;
using System.Linq;
using EsapiBridge.Scripts;
using VMS.TPS.Common.Model.API;
using VMS.TPS.Common.Model.Types;

/// <summary>Lets shared sources that read and write meet an Eclipse that misbehaves; one line of JSON of all that came of it.</summary>
public static class Eclipse
{
    private const string NoMatrix = "Plan does not have a dose matrix. Dose calculation is not supported from plugin script in this case.";
    private static readonly Dictionary<string, object> Said = new Dictionary<string, object>();
    private static int _case;

    public static int Main(string[] arguments)
    {
        string folder = arguments[0];
        foreach (string what in new[] { "nothing", "couch", "gantry", "weight", "jaws", "isocentre", "sad", "leaves", "fluence", "origin", "points", "meterset" })
        {
            Said["treatment " + what] = Read(folder, Field(what, false));
            Said["setup " + what] = Read(folder, Field(what, true));
        }
        Said["imaging"] = Accessories.Of(new FakeImaging { IsImagingTreatmentField = true });
        Said["not imaging"] = Accessories.Of(new FakeImaging());
        Said["accessories"] = BeamReader.AccessoriesByNumber(Carrying());
        Beam setup = Field("points", true);
        Said["is arc"] = BeamReader.IsArc(setup);
        ExternalPlanSetup plan = new ExternalPlanSetup { Id = "P" };
        plan.Beams.Add(setup);
        Said["digest"] = Attempt(delegate { PlanDigest.Of(plan); });
        foreach (DoseValue.DoseUnit unit in new[] { DoseValue.DoseUnit.Percent, DoseValue.DoseUnit.Gy, DoseValue.DoseUnit.cGy })
        {
            Said["dose in " + unit] = DoseScales.OfPlan(plan, new Dose { Unit = unit }).Value(1000000);
        }
        Said["calls of reading"] = plan.Calls;
        Said["fine grid"] = Fine();
        ExternalPlanSetup fluence = new ExternalPlanSetup { Calculation = delegate { throw new ApplicationException(NoMatrix); } };
        Delivery delivery = Delivery.Choose(fluence, new FluenceNetSettings(Settings.Read(folder)));
        Said["leaf motions"] = Attempt(delegate { delivery.CalculateLeafMotions(fluence, false); });
        Said["dose"] = Attempt(delegate { delivery.CalculateDose(fluence); });
        foreach (bool isAlwaysPercent in new[] { false, true })
        {
            Said["written " + isAlwaysPercent] = WriteDose(isAlwaysPercent);
        }
        Said["german"] = Logs("Information: Feld 1 wurde berechnet.", "Hinweis: Das Feld ist schmal.", "Warnung: Das Feld ist zu klein.", "Die Lamellen wurden verschoben.",
            "Fehler: Der Server antwortet nicht.");
        Said["english"] = Logs("Information: all is well", "The leaves were moved", "Warning: small field", "Error: no server", "1", "2");
        Said["undo"] = Undo(null);
        Said["undo fails"] = Undo(new InvalidOperationException("locked"));
        Console.Write(Json.Write(Said));
        return 0;
    }

    /// <summary>A plan whose seventh field carries something, a plain one, and a set-up field that counts for nothing.</summary>
    private static PlanSetup Carrying()
    {
        PlanSetup plan = new PlanSetup { Id = "P" };
        plan.Beams.Add(Field("nothing", false));
        plan.Beams.Add(new Beam { Id = "G8", BeamNumber = 8 });
        plan.Beams.Add(new Beam { Id = "S9", BeamNumber = 9, IsSetupField = true, IsImagingTreatmentField = true });
        plan.Beams[0].IsImagingTreatmentField = true;
        return plan;
    }

    private sealed class FakeImaging
    {
        public bool IsImagingTreatmentField { get; set; }
    }

    /// <summary>A field of which Eclipse does not know one thing.</summary>
    private static Beam Field(string unknown, bool isSetup)
    {
        double nan = double.NaN;
        Beam beam = new Beam
        {
            Id = "G7", BeamNumber = 7, EnergyModeDisplayName = "6X", IsSetupField = isSetup, MLCPlanType = MLCPlanType.Static,
            TreatmentUnit = new ExternalBeamTreatmentUnit { Id = "TB1", SourceAxisDistance = unknown == "sad" ? nan : 1000 },
            IsocenterPosition = new VVector(1, unknown == "isocentre" ? nan : 2, 3),
            Meterset = new MetersetValue(unknown == "meterset" ? nan : 120, DosimeterUnit.MU),
            ControlPoints = Enumerable.Range(0, unknown == "points" ? 0 : 2).Select(n => new ControlPoint
            {
                MetersetWeight = unknown == "weight" ? nan : n,
                GantryAngle = unknown == "gantry" ? nan : 90,
                PatientSupportAngle = unknown == "couch" ? nan : 0,
                JawPositions = new VRect<double>(-20, unknown == "jaws" ? nan : -30, 20, 30),
                LeafPositions = new float[,] { { -5, -5 }, { 5, unknown == "leaves" ? float.NaN : 5 } }
            }).ToList()
        };
        beam.OptimalFluence = delegate
        {
            if (isSetup)
            {
                throw new ApplicationException("a set-up field has no fluence");
            }
            return new Fluence(new float[,] { { 1, unknown == "fluence" ? float.NaN : 2 }, { 3, 4 } }, unknown == "origin" ? nan : -1.25, 1.25);
        };
        return beam;
    }

    /// <summary>Exports a plan with one field: the field's numbers, or what was refused, or what was noted.</summary>
    private static object Read(string folder, Beam beam)
    {
        Progress progress = new Progress(null);
        PlanSetup plan = new PlanSetup { Id = "P" };
        plan.Beams.Add(beam);
        using (CaseFolder target = new CaseFolder(System.IO.Path.Combine(folder, "case-" + _case++)))
        {
            try
            {
                Dictionary<string, object> part = new PlanReader(target, progress).Read(plan);
                target.Complete(part); // writes JSON, so no number in it is NaN
                List<object> beams = (List<object>)part["beams"];
                return beams.Count == 1 ? beams[0] : string.Join(" ", progress.Notes.Select(note => note.Message));
            }
            catch (RefusedException refusal)
            {
                return "refused: " + refusal.Message;
            }
        }
    }

    private static object Attempt(Action action)
    {
        try
        {
            action();
            return "done";
        }
        catch (BridgeException error)
        {
            return new Dictionary<string, object>
            {
                { "type", error.GetType().Name }, { "code", (int)error.Code }, { "text", ErrorText.Of(error, text => text) }
            };
        }
    }

    /// <summary>Asks for a fine grid where Eclipse does not calculate: what is left, and what is noted.</summary>
    private static object Fine()
    {
        Progress progress = new Progress(null);
        Patient patient = new Patient { ReferencePoints = new List<ApiDataObject>() };
        ResearchCourse course = ResearchCourse.Open(patient, "R", progress);
        ExternalPlanSetup plan = new ExternalPlanSetup { Id = "P", Calculation = delegate { throw new ApplicationException(NoMatrix); } };
        ExternalPlanSetup copy = FineGrid.Copy(course, plan, "0.125", progress);
        return new Dictionary<string, object>
        {
            { "copy", copy == null ? null : copy.Id }, { "plans", patient.Courses[0].PlanSetups.Count },
            { "notes", progress.Notes.Select(note => ErrorText.Of(note, text => text)) }
        };
    }

    /// <summary>Writes a dose of 8, 16 ... Gy, read back in whichever unit.</summary>
    private static object WriteDose(bool isAlwaysPercent)
    {
        ExternalPlanSetup source = new ExternalPlanSetup(), plan = new ExternalPlanSetup { IsAlwaysPercent = isAlwaysPercent };
        Lattice lattice = EsapiGeometry.Of(new Dose());
        float[] gy = Enumerable.Range(1, 12).Select(n => 4f * n).ToArray();
        WrittenDose written = new EvaluationDoseWriter(new Progress(null)).Write(plan, source, new Dose(), new DoseVolume(gy, lattice));
        return new Dictionary<string, object>
        {
            { "calls", plan.Calls }, { "source", source.Calls }, { "counts", plan.Dose.Planes[1].Cast<int>() }, { "deviation", written.MaximumDeviationGy }
        };
    }

    private static object Logs(params string[] lines)
    {
        ExternalPlanSetup plan = new ExternalPlanSetup();
        plan.Beams.Add(new Beam { CalculationLogs = new List<BeamCalculationLog> { new BeamCalculationLog { MessageLines = lines } } });
        return new Dictionary<string, object> { { "warnings", CalculationLogs.Warnings(plan) }, { "text", CalculationLogs.Text(plan) } };
    }

    /// <summary>Adds a plan and takes it back: which plans are there, what is noted.</summary>
    private static object Undo(Exception onRemove)
    {
        Progress progress = new Progress(null);
        Patient patient = new Patient { ReferencePoints = new List<ApiDataObject> { new ApiDataObject { Id = "old" } }, OnRemove = onRemove };
        ResearchCourse course = ResearchCourse.Open(patient, "R", progress);
        course.AddEmptyPlan(new ExternalPlanSetup { Id = "P" }, "X_");
        course.Undo();
        return new Dictionary<string, object>
        {
            { "courses", patient.Courses.Count }, { "notes", progress.Notes.Select(note => note.Message) }
        };
    }
}
