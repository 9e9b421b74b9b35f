using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using EsapiBridge.Mock;
using VMS.TPS.Common.Model.API;
using VMS.TPS.Common.Model.Types;

/// <summary>
/// Asks the mock for what a real Eclipse was asked for, a line "name number number ..." each. The file of questions has lines
/// "voxel x y z", "dose K", "image K", "contour ID K", "histogram ID BIN".
/// </summary>
internal static class Octavius
{
    private static void Main(string[] arguments)
    {
        MockSession session = MockSession.Open(arguments[0]);
        session.OpenPatient("OCT");
        ExternalPlanSetup plan = session.CreateContext("C1", "EQD2").ExternalPlanSetup;
        Dose dose = plan.Dose;
        Image image = plan.StructureSet.Image;
        Tell("relative_unit", (int)dose.VoxelToDoseValue(0).Unit);
        Tell("relative", dose.VoxelToDoseValue(0).Dose, dose.VoxelToDoseValue(10000).Dose);
        plan.DoseValuePresentation = DoseValuePresentation.Absolute;
        Tell("absolute_unit", (int)dose.VoxelToDoseValue(0).Unit);
        Tell("absolute", dose.VoxelToDoseValue(0).Dose, dose.VoxelToDoseValue(10000).Dose);
        Tell("dose_grid", new double[] { dose.XSize, dose.YSize, dose.ZSize, dose.XRes, dose.YRes, dose.ZRes }
            .Concat(Numbers(dose.Origin)).ToArray());
        Tell("prescription", plan.TotalDose.Dose, plan.NumberOfFractions.Value, plan.DosePerFraction.Dose, plan.PlanNormalizationValue);
        foreach (string[] words in File.ReadAllLines(arguments[1]).Select(line => line.Split(' ')))
        {
            if (words[0] == "voxel")
            {
                int[] index = words.Skip(1).Select(w => int.Parse(w, CultureInfo.InvariantCulture)).ToArray();
                VVector at = dose.Origin + dose.XDirection * (index[0] * dose.XRes) + dose.YDirection * (index[1] * dose.YRes)
                    + dose.ZDirection * (index[2] * dose.ZRes);
                Tell("voxel", Numbers(at).Concat(new[] { dose.GetDoseToPoint(at).Dose }).ToArray());
            }
            else if (words[0] == "dose" || words[0] == "image")
            {
                bool isDose = words[0] == "dose";
                int[,] buffer = isDose ? new int[dose.XSize, dose.YSize] : new int[image.XSize, image.YSize];
                int k = int.Parse(words[1], CultureInfo.InvariantCulture);
                if (isDose)
                {
                    dose.GetVoxels(k, buffer);
                }
                else
                {
                    image.GetVoxels(k, buffer);
                }
                Tell(words[0], buffer.Cast<int>().Select(v => (double)v).ToArray());
                Tell(words[0] + "_shown", new[] { 0, 30720, 32768, 35108 }.Select(
                    v => isDose ? dose.VoxelToDoseValue(v).Dose : image.VoxelToDisplayValue(v)).ToArray());
            }
            else
            {
                Structure structure = plan.StructureSet.Structures.First(s => s.Id == words[1]);
                if (words[0] == "contour")
                {
                    int k = int.Parse(words[2], CultureInfo.InvariantCulture);
                    Tell("contour", structure.GetContoursOnImagePlane(k).SelectMany(c => c).SelectMany(Numbers).ToArray());
                }
                else
                {
                    DVHData data = plan.GetDVHCumulativeData(structure, DoseValuePresentation.Absolute, VolumePresentation.Relative,
                        double.Parse(words[2], CultureInfo.InvariantCulture));
                    DVHPoint[] curve = data.CurveData;
                    Tell("histogram", data.MinDose.Dose, data.MeanDose.Dose, data.MaxDose.Dose, curve.Length, curve[0].DoseValue.Dose,
                        curve[0].Volume, curve.Last().DoseValue.Dose, curve.Last().Volume, curve[1].DoseValue.Dose);
                }
            }
        }
    }

    private static double[] Numbers(VVector v)
    {
        return new[] { v.x, v.y, v.z };
    }

    private static void Tell(string name, params double[] numbers)
    {
        IEnumerable<string> texts = numbers.Select(n => n.ToString("R", CultureInfo.InvariantCulture));
        Console.WriteLine(name + " " + string.Join(" ", texts.ToArray()));
    }
}
