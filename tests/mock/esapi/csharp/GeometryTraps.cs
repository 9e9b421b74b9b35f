using System;
using System.Collections.Generic;
using System.Linq;
using EsapiBridge.Mock;
using VMS.TPS.Common.Model.API;
using VMS.TPS.Common.Model.Types;

/// <summary>Where things are.</summary>
internal static class GeometryTraps
{
    internal static void Row15(Seen seen)
    {
        foreach (string patient in new[] { "HFS", "HFP", "FFS" })
        {
            ExternalPlanSetup plan = Program.Plan(patient, "Plan A", false);
            plan.DoseValuePresentation = DoseValuePresentation.Absolute;
            Image image = plan.StructureSet.Image;
            Dose dose = plan.Dose;
            Seen one = new Seen();
            one["orientation"] = plan.TreatmentOrientation;
            one["image_origin"] = Program.Numbers(image.Origin);
            one["image_axes"] = new[] { image.XDirection, image.YDirection, image.ZDirection }.Select(Program.Numbers).ToArray();
            one["image_resolution"] = new[] { image.XRes, image.YRes, image.ZRes };
            one["origin"] = Program.Numbers(dose.Origin);
            one["axes"] = new[] { dose.XDirection, dose.YDirection, dose.ZDirection }.Select(Program.Numbers).ToArray();
            one["resolution"] = new[] { dose.XRes, dose.YRes, dose.ZRes };
            // A point that is no voxel: half way along x, a quarter along y, three quarters along z.
            VVector at = dose.Origin + dose.XDirection * (dose.XRes * 0.5) + dose.YDirection * (dose.YRes * 1.25)
                + dose.ZDirection * (dose.ZRes * 2.75);
            one["between"] = dose.GetDoseToPoint(at);
            one["outside"] = dose.GetDoseToPoint(dose.Origin - dose.XDirection * dose.XRes);
            one["maximum_at"] = Program.Numbers(dose.DoseMax3DLocation);
            one["maximum"] = dose.DoseMax3D;
            double[] buffer = new double[dose.XSize];
            DoseProfile profile = dose.GetDoseProfile(
                dose.Origin, dose.Origin + dose.XDirection * (dose.XRes * (dose.XSize - 1)), buffer);
            one["profile"] = profile.Select(p => p.Value).ToArray();
            Beam beam = plan.Beams.First();
            one["source"] = Program.Numbers(beam.GetSourceLocation(beam.ControlPoints[0].GantryAngle));
            seen[patient] = one;
        }
    }

    internal static void Row16(Seen seen)
    {
        Image image = Program.Plan("HFP", "Plan A", false).StructureSet.Image;
        List<int[,]> planes = new List<int[,]>();
        for (int k = 0; k < image.ZSize; k++)
        {
            int[,] plane = new int[image.XSize, image.YSize];
            image.GetVoxels(k, plane);
            planes.Add(plane);
        }
        seen["planes"] = planes;
        int[,] own = new int[image.XSize, image.YSize];
        image.GetVoxels(1, own);
        Array.Clear(own, 0, own.Length); // the buffer is the caller's
        image.GetVoxels(1, own);
        seen["again"] = own;
        seen["zero"] = image.VoxelToDisplayValue(0);
        seen["thousand"] = image.VoxelToDisplayValue(1000);
        seen["unit"] = image.DisplayUnit;
        MockSession low = MockSession.Open(Program.CentigrayDatabase);
        Image clipped = Program.Plan(low, "HFS", "Plan A", false).StructureSet.Image;
        int[,] buffer = new int[clipped.XSize, clipped.YSize];
        clipped.GetVoxels(1, buffer);
        seen["clipped"] = buffer;
        MockSession session;
        Image kept = Program.Plan("SAVE", "Plan A", false, out session).StructureSet.Image;
        seen["unset"] = kept.HasUserOrigin;
        seen["read_only"] = Program.Attempt(() => kept.UserOrigin = new VVector(1, 2, 3));
        session.Patient.BeginModifications();
        seen["no_number"] = Program.Attempt(() => kept.UserOrigin = new VVector(1, double.NaN, 3));
        kept.UserOrigin = new VVector(1.5, -2, 3);
        session.Save();
        session.Discard();
        Image again = session.Patient.StructureSets.First().Image;
        seen["set"] = again.HasUserOrigin;
        seen["origin"] = Program.Numbers(again.UserOrigin);
        seen["user"] = Program.Numbers(again.DicomToUser(again.UserOrigin, null));
    }

    internal static void Row17(Seen seen)
    {
        ExternalPlanSetup plan = Program.Plan("HFS", "Plan A", true);
        Fluence fluence = plan.Beams.First().GetOptimalFluence();
        seen["pixels"] = fluence.GetPixels();
        seen["columns"] = fluence.XSizePixel;
        seen["rows"] = fluence.YSizePixel;
        seen["width"] = fluence.XSizeMM;
        seen["height"] = fluence.YSizeMM;
        int[,] buffer = new int[plan.Dose.XSize, plan.Dose.YSize];
        plan.Dose.GetVoxels(0, buffer);
        seen["dose"] = buffer;
    }

    internal static void Row38(Seen seen)
    {
        StructureSet set = Program.Plan("HFP", "Plan A", false).StructureSet;
        Structure target = set.Structures.First();
        Structure empty = set.Structures.Last();
        seen["has_segment"] = new[] { target.HasSegment, empty.HasSegment };
        seen["is_empty"] = new[] { target.IsEmpty, empty.IsEmpty };
        seen["counts"] = new[] { -1, 0, 1, 2, 3, 100 }.Select(z => target.GetContoursOnImagePlane(z).Length).ToArray();
        seen["of_empty"] = empty.GetContoursOnImagePlane(1).Length;
        seen["first"] = target.GetContoursOnImagePlane(2)[0].Select(Program.Numbers).ToArray();
        seen["volume"] = target.Volume;
        seen["centre"] = Program.Numbers(target.CenterPoint);
        Image image = set.Image;
        VVector step = image.XDirection * image.XRes;
        VVector at = image.Origin + image.YDirection * (2 * image.YRes) + image.ZDirection * image.ZRes;
        seen["inside"] = Enumerable.Range(0, 7).Select(n => target.IsPointInsideSegment(at + step * (n - 0.25))).ToArray();
        seen["colours"] = set.Structures.Select(s => new[] { s.Color.R, s.Color.G, s.Color.B }).ToArray();
        seen["types"] = set.Structures.Select(s => s.DicomType).ToArray();
    }
}
