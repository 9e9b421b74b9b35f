using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Text;
using VMS.TPS.Common.Model.Types;

namespace EsapiBridge.Mock
{
    /// <summary>Writes a plan as a case folder, which appears under its name only when complete.</summary>
    internal sealed class CaseWriter
    {
        internal const string IntendedUse = "Research use only, not for clinical use.";

        private readonly PlanState _plan;
        private readonly string _folder;
        private readonly SortedDictionary<string, string> _sums =
            new SortedDictionary<string, string>(StringComparer.Ordinal);

        private CaseWriter(PlanState plan, string folder)
        {
            _plan = plan;
            _folder = folder;
        }

        /// <summary>Writes the plan with its doses.</summary>
        internal static void Write(PlanState plan, string folder)
        {
            Write(plan, folder, true);
        }

        /// <summary>
        /// Writes the plan for a calculation: its dose is of zeros, on the grid that the plan's last dose had, if any.
        /// </summary>
        internal static void WriteUncalculated(PlanState plan, string folder)
        {
            Write(plan, folder, false);
        }

        private static void Write(PlanState plan, string folder, bool withDoses)
        {
            string parent = Path.GetDirectoryName(folder);
            string partial = Path.Combine(parent, ".case-" + Guid.NewGuid().ToString("N") + ".partial");
            Directory.CreateDirectory(partial);
            try
            {
                new CaseWriter(plan, partial).Files(withDoses);
                Directory.Move(partial, folder);
            }
            catch
            {
                Directory.Delete(partial, true);
                throw;
            }
        }

        private void Files(bool withDoses)
        {
            string description = Json.Write(Description(withDoses));
            byte[] bytes = new UTF8Encoding(false).GetBytes(description);
            Keep(CaseFolder.CaseFile, bytes, CaseFolder.Digest(bytes));
            string sums = string.Concat(_sums.Select(s => s.Value + "  " + s.Key + "\n"));
            ToDisk(Path.Combine(_folder, CaseFolder.SumsFile), Encoding.ASCII.GetBytes(sums));
        }

        private Dictionary<string, object> Description(bool withDoses)
        {
            StructureSetState set = _plan.StructureSet;
            Dictionary<string, object> beamDoses = new Dictionary<string, object>();
            foreach (BeamState beam in _plan.TreatmentBeams.Where(b => withDoses && b.Dose != null))
            {
                string number = beam.Number.ToString(CultureInfo.InvariantCulture);
                beamDoses[number] = Dose("beam_dose_" + number, beam.Dose, _plan.GyPerPercent * beam.WeightFactor, beam);
            }
            return new Dictionary<string, object>
            {
                { "schema", 1 },
                { "intended_use", IntendedUse },
                { "patient_key", set.PatientKey },
                { "uids", new Dictionary<string, object>
                    {
                        { "frame_of_reference", set.Image.FrameOfReference },
                        { "plan", _plan.Uid },
                        { "structure_set", set.Uid },
                        { "ct_series", set.Image.SeriesUid }
                    } },
                { "ct", new Dictionary<string, object>
                    {
                        { "array", Unchanged("ct", set.Image.Values) }, { "grid", Grid(set.Image.Grid) }
                    } },
                { "plan", Plan() },
                { "plan_dose", withDoses ? PlanDose() : EmptyDose() },
                { "beam_doses", beamDoses },
                { "structures", set.Structures.Select((s, n) => Structure(s, n)).ToList() }
            };
        }

        private Dictionary<string, object> Plan()
        {
            Dictionary<string, string> models = new Dictionary<string, string>(_plan.OtherModels);
            foreach (KeyValuePair<CalculationType, string> model in _plan.Models)
            {
                models[CaseWords.ModelWord(model.Key)] = model.Value;
            }
            string doseModel;
            Dictionary<string, string> options = null;
            if (_plan.Models.TryGetValue(CalculationType.PhotonVolumeDose, out doseModel))
            {
                _plan.Options.TryGetValue(doseModel, out options);
            }
            return new Dictionary<string, object>
            {
                { "name", _plan.Id },
                { "beams", _plan.Beams.Select((b, n) => Beam(b, n)).ToList() },
                { "patient_position", CaseWords.Position(_plan.Orientation) },
                { "prescription_gy", OrNull(_plan.TotalDoseGy) },
                { "fractions", _plan.Fractions },
                { "normalisation_percent", OrNull(_plan.Normalisation) },
                { "calculation_models", models },
                { "calculation_options", options ?? new Dictionary<string, string>() },
                { "approval", CaseWords.ApprovalWord(_plan.Approval) },
                { "target_doses_gy", _plan.TargetDoses ?? new object[0] }
            };
        }

        private Dictionary<string, object> Beam(BeamState beam, int index)
        {
            List<ControlPointState> withLeaves = beam.Points.Where(p => p.Leaves != null).ToList();
            return new Dictionary<string, object>
            {
                { "number", beam.Number },
                { "name", beam.Id },
                { "machine", beam.Machine },
                { "energy_mv", beam.EnergyMv },
                { "fluence_mode", beam.FlatteningFilterFree ? "FFF" : "STANDARD" },
                { "technique", beam.Technique },
                { "isocentre_mm", Vector(beam.Isocentre) },
                { "sad_mm", beam.SadMm },
                { "meterset_mu", beam.MetersetMu },
                { "is_setup", beam.IsSetup },
                { "control_points", beam.Points.Select(p => Point(p, withLeaves.IndexOf(p))).ToList() },
                { "leaves", Leaves(withLeaves, index) },
                { "mlc_boundaries", beam.MlcBoundaries == null ? null
                    : Array("mlc_boundaries_" + index, beam.MlcBoundaries, beam.MlcBoundaries.Length) },
                { "fluence", beam.Fluence == null ? null : Fluence(beam.Fluence, index) }
            };
        }

        private static Dictionary<string, object> Point(ControlPointState point, int row)
        {
            return new Dictionary<string, object>
            {
                { "meterset_weight", point.MetersetWeight },
                { "gantry_deg", point.GantryDeg },
                { "collimator_deg", point.CollimatorDeg },
                { "couch_deg", point.CouchDeg },
                { "jaws_x_mm", new[] { point.Jaws.X1, point.Jaws.X2 } },
                { "jaws_y_mm", new[] { point.Jaws.Y1, point.Jaws.Y2 } },
                { "leaves_row", row < 0 ? (object)null : row }
            };
        }

        private object Leaves(List<ControlPointState> points, int index)
        {
            if (points.Count == 0)
            {
                return null;
            }
            int pairs = points[0].Leaves.GetLength(1);
            double[] values = points.SelectMany(p => p.Leaves.Cast<double>()).ToArray();
            return Array("leaves_" + index, values, points.Count, 2, pairs);
        }

        private Dictionary<string, object> Fluence(Fluence fluence, int index)
        {
            float[] values = fluence.GetPixels().Cast<float>().ToArray();
            return new Dictionary<string, object>
            {
                { "array", Array("fluence_" + index, values, fluence.YSizePixel, fluence.XSizePixel) },
                { "x_origin_mm", fluence.XOrigin },
                { "y_origin_mm", fluence.YOrigin },
                { "spacing_mm", fluence.XSizeMM / fluence.XSizePixel }
            };
        }

        private Dictionary<string, object> Structure(StructureState structure, int index)
        {
            return new Dictionary<string, object>
            {
                { "number", structure.Number },
                { "name", structure.Id },
                { "dicom_type", structure.DicomType },
                { "colour", structure.Colour },
                { "points", Points(structure, "structure_" + index) },
                { "points_per_contour", structure.IsRedrawn
                    ? Redrawn(structure).Select(c => c.Length).ToArray() : structure.PointsPerContour },
                { "high_resolution", structure.IsHighResolution },
                {
                    "override", structure.AssignedHu.HasValue
                        ? new Dictionary<string, object> { { "quantity", "HU" }, { "value", structure.AssignedHu.Value } }
                        : structure.AssignedDensity
                },
                { "left_out", structure.LeftOut ?? new object[0] }
            };
        }

        private Dictionary<string, object> Points(StructureState structure, string name)
        {
            if (!structure.IsRedrawn)
            {
                return structure.Points == null ? null : Unchanged(name, structure.Points);
            }
            double[] numbers = Redrawn(structure).SelectMany(c => c).SelectMany(Vector).ToArray();
            return numbers.Length == 0 ? null : Array(name, numbers, numbers.Length / 3, 3);
        }

        private static IEnumerable<VVector[]> Redrawn(StructureState structure)
        {
            return structure.ByPlane.OrderBy(p => p.Key).SelectMany(p => p.Value);
        }

        private Dictionary<string, object> PlanDose()
        {
            return _plan.Dose == null ? null : Dose("plan_dose", _plan.Dose, _plan.GyPerPercent, null);
        }

        private Dictionary<string, object> EmptyDose()
        {
            GridState grid = _plan.LastDoseGrid;
            return grid == null ? null : Dose("plan_dose", new DoseState(grid, 1.0, 0.0), 1.0, null);
        }

        private Dictionary<string, object> Dose(string name, DoseState dose, double gyPerPercent, BeamState beam)
        {
            float[] gy = new float[dose.Grid.PlaneLength * dose.Grid.Size[2]];
            int at = 0;
            for (int k = 0; k < dose.Grid.Size[2]; k++)
            {
                foreach (int count in dose.Plane(k))
                {
                    gy[at++] = (float)(dose.Percent(count) * gyPerPercent);
                }
            }
            int[] size = dose.Grid.Size;
            return new Dictionary<string, object>
            {
                { "array", Array(name, gy, size[2], size[1], size[0]) },
                { "grid", Grid(dose.Grid) },
                { "kind", beam == null ? "PLAN" : "BEAM" },
                { "beam_number", beam == null ? (object)null : beam.Number },
                { "algorithm", dose.Algorithm },
                { "medium", dose.Medium }
            };
        }

        private static Dictionary<string, object> Grid(GridState grid)
        {
            List<double> direction = new List<double>();
            for (int row = 0; row < 3; row++)
            {
                direction.AddRange(grid.Axes.Select(axis => axis[row]));
            }
            return new Dictionary<string, object>
            {
                { "size", grid.Size },
                { "spacing_mm", grid.Spacing },
                { "origin_mm", Vector(grid.Origin) },
                { "direction", direction }
            };
        }

        private static double[] Vector(VVector v)
        {
            return new[] { v.x, v.y, v.z };
        }

        private static object OrNull(double number)
        {
            return double.IsNaN(number) ? (object)null : number;
        }

        private Dictionary<string, object> Array(string name, Array values, params int[] shape)
        {
            byte[] bytes = NpyArray.Encode(values, shape);
            Keep(name + ".npy", bytes, CaseFolder.Digest(bytes));
            return Declared(name, values is float[] ? "<f4" : "<f8", shape);
        }

        /// <summary>An array as it was read, byte by byte.</summary>
        private Dictionary<string, object> Unchanged(string name, NpyArray array)
        {
            Keep(name + ".npy", array.FileBytes(), array.Digest);
            return Declared(name, array.Dtype, array.Shape);
        }

        private static Dictionary<string, object> Declared(string name, string dtype, int[] shape)
        {
            return new Dictionary<string, object> { { "file", name + ".npy" }, { "dtype", dtype }, { "shape", shape } };
        }

        private void Keep(string file, byte[] bytes, string digest)
        {
            _sums[file] = digest;
            ToDisk(Path.Combine(_folder, file), bytes);
        }

        /// <summary>Writes a new file and has the system put it on disk.</summary>
        internal static void ToDisk(string path, byte[] bytes)
        {
            using (FileStream stream = new FileStream(path, FileMode.CreateNew, FileAccess.Write))
            {
                stream.Write(bytes, 0, bytes.Length);
                stream.Flush(true);
            }
        }
    }
}
