using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using VMS.TPS.Common.Model.API;
using VMS.TPS.Common.Model.Types;

namespace EsapiBridge.Scripts
{
    /// <summary>Reads one beam; angles IEC 61217 degrees, lengths mm at the isocentre plane.</summary>
    public sealed class BeamReader
    {
        private readonly CaseFolder _folder;

        /// <summary>Makes a reader.</summary>
        public BeamReader(CaseFolder folder)
        {
            _folder = folder;
        }

        /// <summary>Whether the gantry turns during the beam, with or without moving leaves.</summary>
        public static bool IsArc(Beam beam)
        {
            // So written that an angle which Eclipse does not know is no turn.
            double first = beam.ControlPoints.Select(point => point.GantryAngle).FirstOrDefault();
            bool turns = beam.ControlPoints.Any(point => Math.Abs(point.GantryAngle - first) > 0);
            return turns || beam.MLCPlanType == MLCPlanType.VMAT || beam.MLCPlanType == MLCPlanType.ArcDynamic;
        }

        /// <summary>The accessories of a plan's treatment fields by number, as a job's option; fields without are left out.</summary>
        public static Dictionary<string, object> AccessoriesByNumber(PlanSetup plan)
        {
            return plan.Beams.Where(beam => !beam.IsSetupField && Accessories.Of(beam).Count > 0)
                .ToDictionary(beam => beam.BeamNumber.ToString(CultureInfo.InvariantCulture), beam => (object)Accessories.Of(beam));
        }

        /// <summary>Reads a beam; returns an entry of the plan's "beams" in case.json.</summary>
        /// <param name="beam">The beam.</param>
        /// <param name="index">Its place in the plan, from 0: names its arrays.</param>
        /// <exception cref="RefusedException">Eclipse does not know a number that is needed; no array was written.</exception>
        public Dictionary<string, object> Read(Beam beam, int index)
        {
            Energy energy;
            // A set-up field delivers nothing; on some machines it has an imaging energy, which counts as 0 MV.
            if (!Energy.TryParse(beam.EnergyModeDisplayName, out energy) && !beam.IsSetupField)
            {
                throw new RefusedException("beam " + beam.BeamNumber + " must be a photon beam such as 6X or 10X-FFF, found "
                    + beam.EnergyModeDisplayName);
            }
            List<float[,]> leaves = new List<float[,]>();
            List<object> points = ControlPoints(beam, leaves);
            Fluence fluence = OptimalFluence(beam);
            double[] boundaries = beam.MLC == null ? null : MlcModel.Boundaries(beam.MLC.Model, leaves.FirstOrDefault());
            return new Dictionary<string, object>
            {
                { "number", beam.BeamNumber },
                { "name", beam.Id },
                { "machine", beam.TreatmentUnit.Id },
                { "energy_mv", energy.Megavolt },
                { "fluence_mode", energy.IsFlatteningFilterFree ? "FFF" : "STANDARD" },
                { "technique", Technique(beam) },
                { "isocentre_mm", Finite.Of(EsapiGeometry.Point(beam.IsocenterPosition), "the isocentre of field " + beam.Id) },
                { "sad_mm", Finite.Of(beam.TreatmentUnit.SourceAxisDistance, "the source-axis distance of field " + beam.Id) },
                { "meterset_mu", Meterset(beam) },
                { "is_setup", beam.IsSetupField },
                { "control_points", points },
                { "leaves", leaves.Count == 0 ? null : Leaves(leaves, index) },
                { "mlc_boundaries", boundaries == null ? null : _folder.AddFloat64("mlc_boundaries_" + index, boundaries, boundaries.Length) },
                { "fluence", fluence == null ? null : Fluence(fluence, index) }
            };
        }

        private static string Technique(Beam beam)
        {
            return IsArc(beam) ? "ARC" : beam.MLCPlanType == MLCPlanType.DoseDynamic ? "DYNAMIC" : "STATIC";
        }

        private static double Meterset(Beam beam)
        {
            if (beam.IsSetupField || !Finite.Is(beam.Meterset.Value))
            {
                return 0;
            }
            if (beam.Meterset.Unit != DosimeterUnit.MU)
            {
                throw new RefusedException("beam " + beam.BeamNumber + " must be in monitor units, found another unit");
            }
            return beam.Meterset.Value;
        }

        private static List<object> ControlPoints(Beam beam, List<float[,]> leaves)
        {
            List<object> points = new List<object>();
            string of = " of field " + beam.Id;
            foreach (ControlPoint point in beam.ControlPoints)
            {
                VRect<double> jaws = point.JawPositions;
                float[,] positions = point.LeafPositions;
                bool hasLeaves = positions != null && positions.Length > 0; // 0 x 0 without an MLC
                points.Add(new Dictionary<string, object>
                {
                    { "meterset_weight", Finite.Of(point.MetersetWeight, "the meterset weight" + of) },
                    { "gantry_deg", Finite.Of(point.GantryAngle, "the gantry angle" + of) },
                    { "collimator_deg", Finite.Of(point.CollimatorAngle, "the collimator angle" + of) },
                    { "couch_deg", Finite.Of(point.PatientSupportAngle, "the couch angle" + of) },
                    { "jaws_x_mm", Finite.Of(new[] { jaws.X1, jaws.X2 }, "the X jaws" + of) },
                    { "jaws_y_mm", Finite.Of(new[] { jaws.Y1, jaws.Y2 }, "the Y jaws" + of) },
                    { "leaves_row", hasLeaves ? (int?)leaves.Count : null }
                });
                if (hasLeaves)
                {
                    leaves.Add(Finite.Of(positions, "the leaves" + of));
                }
            }
            if (points.Count == 0)
            {
                throw new RefusedException("field " + beam.Id + " must have control points, it has none");
            }
            return points;
        }

        private Dictionary<string, object> Leaves(List<float[,]> leaves, int index)
        {
            double[] values = leaves.SelectMany(row => row.Cast<float>()).Select(Convert.ToDouble).ToArray();
            return _folder.AddFloat64("leaves_" + index, values, leaves.Count, 2, leaves[0].GetLength(1));
        }

        /// <summary>The optimal fluence; null where there is none. A set-up field has none, and is not asked.</summary>
        private static Fluence OptimalFluence(Beam beam)
        {
            Fluence fluence = beam.IsSetupField ? null : beam.GetOptimalFluence();
            if (fluence != null)
            {
                string what = "the optimal fluence of field " + beam.Id;
                Finite.Of(new[] { fluence.XOrigin, fluence.YOrigin, fluence.XSizeMM / fluence.XSizePixel }, what);
                Finite.Of(fluence.GetPixels(), what);
            }
            return fluence;
        }

        private Dictionary<string, object> Fluence(Fluence fluence, int index)
        {
            float[,] pixels = fluence.GetPixels(); // [row, column], unlike images and doses
            return new Dictionary<string, object>
            {
                { "array", _folder.AddFloat32("fluence_" + index, pixels, pixels.GetLength(0), pixels.GetLength(1)) },
                { "x_origin_mm", fluence.XOrigin },
                { "y_origin_mm", fluence.YOrigin },
                { "spacing_mm", fluence.XSizeMM / fluence.XSizePixel }
            };
        }
    }
}
