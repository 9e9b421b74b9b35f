using System;
using System.Collections;
using System.Collections.Generic;
using System.Linq;
using System.Windows.Media.Media3D;
using EsapiBridge.Mock;
using VMS.TPS.Common.Model.API;
using VMS.TPS.Common.Model.Types;

[assembly: ESAPIScript(IsWriteable = true)]

/// <summary>
/// Edits structures, saves them, and prints what else was seen, "name value" a line; what is right is judged elsewhere.
/// </summary>
internal static class Structures
{
    private static MockSession _session;

    private static int Main(string[] arguments)
    {
        _session = MockSession.Open(arguments[0]);
        foreach (string position in new[] { "HFS", "HFP", "FFS" })
        {
            StructureSet set = Open(position, true).StructureSet;
            Copies(set);
            Operations(set);
            Drawn(set);
            Say(position + " parts", string.Join(" ", set.Structures.Select(s => s.GetNumberOfSeparateParts().ToString()).ToArray()));
            Say(position + " profiles", Profiles(set.Image, Find(set, "Donut")));
            foreach (Structure structure in set.Structures)
            {
                Say(position + " volume " + structure.Id, structure.Volume);
                Mesh(position, structure);
            }
            _session.Save();
            _session.ClosePatient();
            StructureSet again = Open(position, false).StructureSet;
            Say(position + " reopened", again.Structures.Count());
            _session.ClosePatient();
        }
        Rules();
        Resolution();
        Doses();
        Sets();
        Search();
        Noted();
        return 0;
    }

    private static void Copies(StructureSet set)
    {
        foreach (Structure source in set.Structures.ToList())
        {
            Add(set, "c " + source.Id, source.SegmentVolume);
        }
    }

    private static void Operations(StructureSet set)
    {
        Structure donut = Find(set, "Donut");
        Structure parts = Find(set, "Parts");
        Structure ball = Find(set, "Ball");
        SegmentVolume taken = donut.SegmentVolume;
        Add(set, "and", donut.And(ball));
        Add(set, "or", donut.SegmentVolume.Or(parts));
        Add(set, "sub", donut.Sub(ball.SegmentVolume));
        Add(set, "xor", donut.SegmentVolume.Xor(ball));
        Add(set, "not", parts.Not());
        Add(set, "wide", ball.Margin(7));
        Add(set, "narrow", ball.SegmentVolume.Margin(-4.5));
        Add(set, "donut wide", donut.Margin(3));
        Add(set, "donut narrow", taken.Margin(-1.5));
        Add(set, "to the edge", parts.Margin(50));
        Add(set, "asymmetric", ball.AsymmetricMargin(new AxisAlignedMargins(StructureMarginGeometry.Outer, 1, 4, 9, 6, 0, 3)));
        Add(set, "inner", ball.AsymmetricMargin(new AxisAlignedMargins(StructureMarginGeometry.Inner, 5, 0, 3.5, 1, 6, 0)));
        Add(set, "nothing", ball.Margin(-50));
    }

    private static void Drawn(StructureSet set)
    {
        Structure drawn = set.AddStructure("ORGAN", "drawn");
        Image image = set.Image;
        drawn.AddContourOnImagePlane(Square(image, 3.2, 20.6), 4);
        drawn.AddContourOnImagePlane(Square(image, 10, 14), 4);  // within the first: adds nothing
        drawn.AddContourOnImagePlane(Square(image, 18.2, 24.4), 4);
        drawn.SubtractContourOnImagePlane(Square(image, 8.3, 12.1), 4);
        drawn.AddContourOnImagePlane(Square(image, 3.2, 20.6), 5);
        drawn.ClearAllContoursOnImagePlane(5);
        drawn.AddContourOnImagePlane(Square(image, -7, 5.5), 0);  // partly beyond the image
    }

    /// <summary>Corners at voxel indices along both axes, off the plane: that coordinate is ignored.</summary>
    private static VVector[] Square(Image image, double low, double high)
    {
        return new[] { new[] { low, low }, new[] { high, low }, new[] { high, high }, new[] { low, high } }.Select(
            p => image.Origin + image.XDirection * (image.XRes * p[0]) + image.YDirection * (image.YRes * p[1])
                + image.ZDirection * 123).ToArray();
    }

    /// <summary>Rows and columns of planes of voxel centres, 1 inside, as clients build masks.</summary>
    private static string Profiles(Image image, Structure structure)
    {
        System.Text.StringBuilder seen = new System.Text.StringBuilder();
        BitArray row = new BitArray(image.XSize);
        BitArray column = new BitArray(image.YSize);
        for (int k = 2; k < 5; k++)
        {
            VVector corner = image.Origin + image.ZDirection * (k * image.ZRes);
            VVector alongX = image.XDirection * (image.XRes * (image.XSize - 1));
            VVector alongY = image.YDirection * (image.YRes * (image.YSize - 1));
            for (int j = 0; j < image.YSize; j++)
            {
                VVector start = corner + image.YDirection * (j * image.YRes);
                foreach (SegmentProfilePoint point in structure.GetSegmentProfile(start, start + alongX, row))
                {
                    seen.Append(point.Value ? '1' : '0');
                }
            }
            // Columns say the same.
            for (int i = 0; i < image.XSize; i++)
            {
                VVector start = corner + image.XDirection * (i * image.XRes);
                structure.GetSegmentProfile(start, start + alongY, column);
                for (int j = 0; j < image.YSize; j++)
                {
                    bool before = seen[((k - 2) * image.YSize + j) * image.XSize + i] == '1';
                    seen.Append(before == column[j] ? "" : "x");
                }
            }
        }
        return seen.ToString();
    }

    private static void Noted()
    {
        StructureSet set = Open("NOTED", true).StructureSet;
        Add(set, "any", Find(set, "Ball"));
        _session.Save();
        _session.ClosePatient();
    }

    private static void Mesh(string position, Structure structure)
    {
        MeshGeometry3D mesh = structure.MeshGeometry;
        if (mesh == null)
        {
            Say(position + " mesh " + structure.Id, structure.IsEmpty ? "none" : "lost");
            return;
        }
        double six = 0;
        Dictionary<long, int> edges = new Dictionary<long, int>();
        for (int n = 0; n < mesh.TriangleIndices.Count; n += 3)
        {
            int[] three = { mesh.TriangleIndices[n], mesh.TriangleIndices[n + 1], mesh.TriangleIndices[n + 2] };
            Point3D a = mesh.Positions[three[0]], b = mesh.Positions[three[1]], c = mesh.Positions[three[2]];
            six += a.X * (b.Y * c.Z - b.Z * c.Y) + a.Y * (b.Z * c.X - b.X * c.Z) + a.Z * (b.X * c.Y - b.Y * c.X);
            for (int m = 0; m < 3; m++)
            {
                long low = Math.Min(three[m], three[(m + 1) % 3]), high = Math.Max(three[m], three[(m + 1) % 3]);
                int there;
                edges.TryGetValue(low << 32 | high, out there);
                edges[low << 32 | high] = there + (three[m] == low ? 1 : -1);
            }
        }
        Rect3D box = mesh.Bounds;
        Say(position + " mesh " + structure.Id, string.Join(" ", new[]
        {
            six / 6000, edges.Values.Count(e => e != 0), box.X, box.Y, box.Z, box.SizeX, box.SizeY, box.SizeZ
        }.Select(v => v.ToString("R", System.Globalization.CultureInfo.InvariantCulture)).ToArray()));
    }

    private static void Search()
    {
        ExternalPlanSetup plan = Open("SEARCH", true);
        StructureSet set = plan.StructureSet;
        double hounsfield;
        string reason;
        Structure ball = Find(set, "Ball");
        Say("can assign", ball.CanSetAssignedHU(out reason));
        plan.DoseValuePresentation = DoseValuePresentation.Absolute;
        Structure level = set.AddStructure("DOSE_REGION", "gray");
        level.ConvertDoseLevelToStructure(plan.Dose, new DoseValue(30, DoseValue.DoseUnit.Gy));
        level = set.AddStructure("DOSE_REGION", "per cent");
        level.ConvertDoseLevelToStructure(plan.Dose, new DoseValue(50, DoseValue.DoseUnit.Percent));
        Say("no unit", Attempt(() => level.ConvertDoseLevelToStructure(plan.Dose, DoseValue.UndefinedDose())));
        Say("points", level.GetReferenceLinePoints().Length);
        ball.SetAssignedHU(120.5);
        Say("assigned", ball.GetAssignedHU(out hounsfield) + " " + hounsfield.ToString(System.Globalization.CultureInfo.InvariantCulture));
        Say("dose after number", plan.IsDoseValid);
        Structure other = Find(set, "Donut");
        other.SetAssignedHU(7);
        Say("reset", other.ResetAssignedHU() + " " + other.GetAssignedHU(out hounsfield));
        SearchBodyParameters parameters = set.GetDefaultSearchBodyParameters();
        Say("threshold", parameters.LowerHUThreshold);
        Structure body = set.CreateAndSearchBody(parameters);
        Say("body", body.Id + " " + body.DicomType);
        Say("the same", set.CreateAndSearchBody(parameters) == body);
        _session.Save();
        set.RemoveStructure(body);
        parameters.FillAllCavities = false;
        parameters.NumberOfLargestPartsToKeep = 2;
        Add(set, "two parts", set.CreateAndSearchBody(parameters));
        parameters.NumberOfLargestPartsToKeep = 0;
        Say("no parts", Attempt(() => set.CreateAndSearchBody(parameters)));
        _session.Save();
        _session.ClosePatient();
    }

    private static void Rules()
    {
        ExternalPlanSetup plan = Open("RULES", false);
        StructureSet set = plan.StructureSet;
        Structure ball = Find(set, "Ball");
        VVector[] square = Square(set.Image, 1, 5);
        Say("reading add", Attempt(() => set.AddStructure("CONTROL", "x")));
        Say("reading remove", Attempt(() => set.RemoveStructure(ball)));
        Say("reading draw", Attempt(() => ball.AddContourOnImagePlane(square, 1)));
        Say("reading segment", Attempt(() => ball.SegmentVolume = ball.Margin(1)));
        Say("reading id", Attempt(() => ball.Id = "x"));
        _session.Patient.BeginModifications();
        Say("approval", ball.ApprovalHistory.Single().ApprovalStatus);
        Say("can add", set.CanAddStructure("CONTROL", "sixteen letters!"));
        Say("long", Attempt(() => set.AddStructure("CONTROL", "seventeen letters")));
        Say("taken", Attempt(() => set.AddStructure("CONTROL", "BALL")));
        Say("type", Attempt(() => set.AddStructure("MARKER", "x")));
        Say("second body", Attempt(() => set.AddStructure("EXTERNAL", "x")));
        Say("margin", Attempt(() => ball.Margin(50.5)));
        Say("negative", Attempt(() => new AxisAlignedMargins(StructureMarginGeometry.Outer, -1, 0, 0, 0, 0, 0)));
        Say("plane", Attempt(() => ball.AddContourOnImagePlane(square, 12)));
        Say("two points", Attempt(() => ball.AddContourOnImagePlane(square.Take(2).ToArray(), 1)));
        Say("null", Attempt(() => ball.And(null)));
        Say("rename", Attempt(() => ball.Id = "Donut"));
        Structure gone = set.AddStructure("CTV", "gone");
        Say("new", gone.IsEmpty + " " + gone.DicomType + " " + gone.ROINumber);
        Say("can remove", set.CanRemoveStructure(gone));
        set.RemoveStructure(gone);
        Say("removed", Attempt(() => Say("volume", gone.Volume)));
        Say("not found", set.Structures.Any(s => s.Id == "gone"));
        Say("remove body", set.CanRemoveStructure(Find(set, "Body")));
        SegmentVolume before = ball.SegmentVolume;
        ball.ClearAllContoursOnImagePlane(5);
        Structure whole = Add(set, "before", before);
        Say("snapshot", whole.Volume > ball.Volume);
        _session.ClosePatient();

        set = Open("APPROVED", true).StructureSet;
        ball = Find(set, "Ball");
        string reason;
        Say("approved can edit", ball.CanEditSegmentVolume(out reason) + " " + reason);
        Say("approved approval", ball.ApprovalHistory.Single().ApprovalStatus);
        Say("approved can add", set.CanAddStructure("CONTROL", "x"));
        Say("approved can remove", set.CanRemoveStructure(ball));
        Say("approved add", Attempt(() => set.AddStructure("CONTROL", "x")));
        Say("approved remove", Attempt(() => set.RemoveStructure(ball)));
        Say("approved draw", Attempt(() => ball.AddContourOnImagePlane(square, 1)));
        Say("approved segment", Attempt(() => ball.SegmentVolume = ball.Margin(1)));
        Say("approved read", ball.Margin(1) != null);
        _session.ClosePatient();
    }

    private static void Resolution()
    {
        StructureSet set = Open("LARGE", true).StructureSet;
        Structure ball = Find(set, "Ball");
        Structure fine = set.AddStructure("CONTROL", "fine");
        Say("can convert", fine.CanConvertToHighResolution());
        fine.ConvertToHighResolution();
        Say("converted", fine.IsHighResolution + " " + fine.CanConvertToHighResolution());
        Say("twice", Attempt(fine.ConvertToHighResolution));
        Say("mixed set", Attempt(() => fine.SegmentVolume = ball.SegmentVolume));
        Say("mixed and", Attempt(() => fine.And(ball)));
        ball.ConvertToHighResolution();
        fine.SegmentVolume = ball.Margin(1.5);
        _session.Save();
        _session.ClosePatient();
        Say("fine kept", string.Join(" ", Open("LARGE", false).StructureSet.Structures.Select(s => s.IsHighResolution.ToString()).ToArray()));
        _session.ClosePatient();
    }

    private static void Doses()
    {
        ExternalPlanSetup plan = Open("RULES", true);
        Structure ball = Find(plan.StructureSet, "Ball");
        ball.SegmentVolume = ball.Margin(1);
        Add(plan.StructureSet, "ring", ball.Margin(3).Sub(ball));
        Say("dose after organ", plan.IsDoseValid);
        Structure body = Find(plan.StructureSet, "Body");
        body.SegmentVolume = body.Margin(-1.5);
        Say("dose after body", plan.IsDoseValid);
        _session.ClosePatient();
    }

    private static void Sets()
    {
        ExternalPlanSetup plan = Open("SETS", true);
        StructureSet copy = plan.StructureSet.Copy();
        Structure ball = Find(copy, "Ball");
        ball.SegmentVolume = ball.Margin(3);
        copy.Id = "Own id";
        Say("own", ball.Volume > Find(plan.StructureSet, "Ball").Volume);
        Say("unused", Attempt(_session.Save));
        ExternalPlanSetup other = _session.Patient.Courses.First().AddExternalPlanSetup(copy);
        other.Id = "On the copy";
        _session.Save();
        _session.ClosePatient();
        Open("SETS", false);
        Say("sets", string.Join(", ", _session.Patient.StructureSets.Select(s => s.Id).ToArray()));
        Say("different", _session.Patient.StructureSets.Select(s => Find(s, "Ball").Volume).Distinct().Count());
        _session.ClosePatient();
    }

    private static ExternalPlanSetup Open(string patient, bool modify)
    {
        _session.OpenPatient(patient);
        ScriptContext context = _session.CreateContext("C1", "Plan");
        if (modify)
        {
            context.Patient.BeginModifications();
        }
        return context.ExternalPlanSetup;
    }

    private static Structure Find(StructureSet set, string id)
    {
        return set.Structures.First(s => s.Id == id);
    }

    private static Structure Add(StructureSet set, string id, SegmentVolume volume)
    {
        Structure added = set.AddStructure("CONTROL", id);
        added.SegmentVolume = volume;
        return added;
    }

    private static string Attempt(Action action)
    {
        try
        {
            action();
            return "none";
        }
        catch (Exception error)
        {
            return error.GetType().Name + ": " + error.Message.Replace('\n', ' ');
        }
    }

    private static void Say(string name, object value)
    {
        Console.WriteLine(name + "\t" + Convert.ToString(value, System.Globalization.CultureInfo.InvariantCulture));
    }
}
