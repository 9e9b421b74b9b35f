using System;
using System.Collections.Generic;
using System.Linq;
using System.Text;
using VMS.TPS.Common.Model.API;
using VMS.TPS.Common.Model.Types;

namespace EsapiBridge.Scripts.Conformance
{
    /// <summary>Questions to the fields of the open plan and to objects as such.</summary>
    public static class BeamRows
    {
        private const double LengthMm = 1;

        /// <summary>Asks them.</summary>
        public static void Ask(Survey survey, ExternalPlanSetup plan)
        {
            List<Beam> fields = plan.Beams.Where(b => !b.IsSetupField).ToList();
            Beam field = fields.FirstOrDefault();
            Fluence fluence = fields.Select(b => b.GetOptimalFluence()).FirstOrDefault(f => f != null);
            survey.IsSo("beam.meterset_unit", 0, "Are metersets in MU and positive?", () => field == null ? (bool?)null
                : field.Meterset.Unit == DosimeterUnit.MU && field.Meterset.Value > 0);
            survey.IsSo("beam.weights", 0, "Do cumulative meterset weights start at 0 and never fall?", delegate
            {
                if (field == null)
                {
                    return null;
                }
                double[] weights = field.ControlPoints.Select(p => p.MetersetWeight).ToArray();
                return weights[0] == 0 && weights.Zip(weights.Skip(1), (a, b) => b >= a).All(rises => rises);
            });
            survey.IsSo("beam.jaws", 0, "Is X1 < X2 and Y1 < Y2?", () => field == null ? (bool?)null
                : field.ControlPoints.All(p => p.JawPositions.X1 < p.JawPositions.X2 && p.JawPositions.Y1 < p.JawPositions.Y2));
            survey.IsSo("beam.leaves", 32, "Are leaves [bank, leaf], 0x0 without MLC, bank 0 at the smaller x?",
                () => field == null ? (bool?)null : fields.All(b => b.ControlPoints.All(p => Leaves(b, p.LeafPositions))));
            survey.IsSo("beam.source", 0, "Is the source one SourceAxisDistance from the isocentre?", () => field == null ? (bool?)null
                : Math.Abs(VVector.Distance(field.GetSourceLocation(field.ControlPoints[0].GantryAngle), field.IsocenterPosition)
                    - field.TreatmentUnit.SourceAxisDistance) < LengthMm);
            survey.IsSo("beam.dose_relative", 13, "Is the dose of a beam in per cent?", delegate
            {
                BeamDose dose = fields.Select(b => b.Dose).FirstOrDefault(d => d != null);
                return dose == null ? (bool?)null : dose.DoseMax3D.Unit == DoseValue.DoseUnit.Percent;
            });
            survey.IsSo("fluence.origin", 20, "Does an optimal fluence start at the upper left: XOrigin < 0 < YOrigin?",
                () => fluence == null ? (bool?)null : fluence.XOrigin < 0 && fluence.YOrigin > 0);
            survey.IsSo("fluence.pixel", 20, "Are pixels 2.5 mm?", () => fluence == null ? (bool?)null
                : Survey.Near(fluence.XSizeMM, 2.5 * fluence.XSizePixel, 0.001)
                    && Survey.Near(fluence.YSizeMM, 2.5 * fluence.YSizePixel, 0.001));
            survey.IsSo("fluence.not_negative", 21, "Are pixels not negative?",
                () => fluence == null ? (bool?)null : fluence.GetPixels().Cast<float>().All(value => value >= 0));
            survey.IsSo("fluence.none", 24, "Has a field without MLC no optimal fluence (null)?", delegate
            {
                Beam open = fields.FirstOrDefault(b => b.MLC == null);
                return open == null ? (bool?)null : open.GetOptimalFluence() == null;
            });
            survey.Ask("calculation.result", 29, "Members of CalculationResult", "Success",
                () => string.Join(" ", typeof(CalculationResult).GetProperties().Select(p => p.Name).ToArray()));
            survey.IsSo("beam.parameters_detached", 25, "Do edited parameters leave the beam as it is until applied?", delegate
            {
                if (field == null)
                {
                    return null;
                }
                VVector before = field.IsocenterPosition;
                BeamParameters parameters = field.GetEditableParameters();
                parameters.Isocenter = before + new VVector(1, 0, 0);
                return field.IsocenterPosition.x == before.x;
            });
            survey.IsSo("object.equal", 35, "Are two objects of one beam equal by ==?",
                () => field == null ? (bool?)null : field == plan.Beams.First(b => !b.IsSetupField));
            survey.IsSo("object.text", 35, "Is ToString of a beam its id?",
                () => field == null ? (bool?)null : field.ToString() == field.Id);
            survey.Ask("id.length", 34, "Is an id of 13, of 14 letters valid for a plan?", "yes no",
                () => Valid(plan, 13) + " " + Valid(plan, 14));
            survey.IsSo("models.listed", 31, "Are models for the volume dose listed?",
                () => plan.GetModelsForCalculationType(CalculationType.PhotonVolumeDose).Any());
        }

        private static bool Leaves(Beam beam, float[,] leaves)
        {
            return beam.MLC == null ? leaves.Length == 0 : leaves.Length == 0 || (leaves.GetLength(0) == 2
                && Enumerable.Range(0, leaves.GetLength(1)).All(n => leaves[0, n] <= leaves[1, n]));
        }

        private static string Valid(PlanSetup plan, int length)
        {
            return TypeBasedIdValidator.IsValidId(new string('q', length), plan, new StringBuilder()) ? Survey.Yes : "no";
        }
    }
}
