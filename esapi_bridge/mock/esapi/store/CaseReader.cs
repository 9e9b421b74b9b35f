using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using VMS.TPS.Common.Model.Types;

namespace EsapiBridge.Mock
{
    /// <summary>Reads a case folder: the description at once, the arrays when they are asked for.</summary>
    internal sealed class CaseReader
    {
        private const double FluencePixelMm = 2.5;

        internal readonly JsonPart Case;
        private readonly Database _database;
        private readonly CaseFolder _folder;

        internal CaseReader(Database database, string path)
        {
            _database = database;
            _folder = new CaseFolder(path);
            Case = JsonPart.Schema1(_folder.ReadVerifiedText(CaseFolder.CaseFile), CaseFolder.CaseFile);
        }

        /// <summary>UID that tells whether two plans share a structure set; null if unknown.</summary>
        internal string StructureSetUid
        {
            get { return Case.Part("uids").Text("structure_set", null); }
        }

        internal StructureSetState StructureSet(string id)
        {
            JsonPart uids = Case.Part("uids");
            JsonPart ct = Case.Part("ct");
            ImageState image = new ImageState();
            image.Id = "CT_" + id;
            image.SeriesUid = uids.Text("ct_series", null);
            image.FrameOfReference = uids.Text("frame_of_reference");
            image.Grid = Grid(ct.Part("grid"));
            image.Values = new NpyArray(_folder, ct.Part("array"));
            image.Offset = _database.CtOffset;
            image.Orientation = CaseWords.Orientation(Case.Part("plan").Text("patient_position"));
            StructureSetState set = new StructureSetState();
            set.Id = "SS_" + id;
            set.Uid = StructureSetUid;
            set.PatientKey = Case.Text("patient_key");
            set.Image = image;
            foreach (JsonPart part in Case.Parts("structures"))
            {
                StructureState structure = new StructureState();
                structure.Set = set;
                structure.Number = part.Whole("number");
                structure.Id = part.Text("name");
                structure.DicomType = part.Text("dicom_type");
                structure.Colour = Array.ConvertAll(part.Numbers("colour", 3), n => (int)n);
                structure.Points = part.Has("points") ? new NpyArray(_folder, part.Part("points")) : null;
                structure.PointsPerContour = Array.ConvertAll(part.Numbers("points_per_contour", -1), n => (int)n);
                structure.IsHighResolution = part.Has("high_resolution") && part.Flag("high_resolution");
                structure.AssignedHu = part.Has("override") ? AssignedHu(part.Part("override")) : (double?)null;
                structure.AssignedDensity = structure.AssignedHu.HasValue ? null : part.Raw("override");
                structure.LeftOut = part.Raw("left_out");
                set.Structures.Add(structure);
            }
            return set;
        }

        /// <summary>The CT number of an assigned value; Eclipse knows no densities of structures.</summary>
        private static double? AssignedHu(JsonPart part)
        {
            return part.Text("quantity") == "HU" ? part.Number("value", double.NaN) : (double?)null;
        }

        /// <summary>The plan with its beams and doses.</summary>
        internal PlanState Plan()
        {
            JsonPart part = Case.Part("plan");
            PlanState plan = new PlanState();
            plan.Id = part.Text("name");
            plan.Uid = Case.Part("uids").Text("plan");
            plan.Orientation = CaseWords.Orientation(part.Text("patient_position"));
            plan.Approval = CaseWords.Approval(part.Text("approval"));
            plan.Fractions = part.Has("fractions") ? part.Whole("fractions") : (int?)null;
            plan.TotalDoseGy = part.Number("prescription_gy", double.NaN);
            plan.Normalisation = part.Number("normalisation_percent", double.NaN);
            plan.TargetDoses = part.Raw("target_doses_gy");
            plan.Beams.AddRange(Beams());
            ReadModels(plan, part);
            return plan;
        }

        internal List<BeamState> Beams()
        {
            List<BeamState> beams = Case.Part("plan").Parts("beams").Select(p => Beam(p)).ToList();
            double total = beams.Where(b => !b.IsSetup).Sum(b => b.MetersetMu);
            foreach (BeamState beam in beams.Where(b => !b.IsSetup))
            {
                // The case holds no weights; shares of the monitor units show whoever forgets them (assumed).
                beam.WeightFactor = total > 0 && beam.MetersetMu > 0 ? beam.MetersetMu / total : 1.0;
            }
            return beams;
        }

        /// <summary>Puts the case's doses into a plan, as counts of that plan's per cent.</summary>
        internal void ReadDoses(PlanState plan)
        {
            JsonPart dose = Case.PartOrNull("plan_dose");
            if (dose != null && double.IsNaN(plan.TotalDoseGy))
            {
                plan.UnprescribedGy = Maximum(new NpyArray(_folder, dose.Part("array")));
            }
            JsonPart beamDoses = Case.Part("beam_doses");
            double perPercent = double.IsNaN(plan.GyPerPercent) ? 1.0 : plan.GyPerPercent;
            plan.Dose = dose == null ? null : Dose(dose, perPercent);
            if (plan.Dose != null)
            {
                plan.Dose.IsEvaluation = plan.Beams.Count == 0;
            }
            foreach (BeamState beam in plan.TreatmentBeams)
            {
                JsonPart part = beamDoses.PartOrNull(beam.Number.ToString(System.Globalization.CultureInfo.InvariantCulture));
                beam.Dose = part == null || !(beam.WeightFactor > 0) ? null : Dose(part, perPercent * beam.WeightFactor);
            }
        }

        private DoseState Dose(JsonPart part, double gyPerPercent)
        {
            DoseState dose = new DoseState(
                Grid(part.Part("grid")), _database, new NpyArray(_folder, part.Part("array")), gyPerPercent);
            dose.Algorithm = part.Text("algorithm", null);
            dose.Medium = part.Text("medium", null);
            return dose;
        }

        private static double Maximum(NpyArray gy)
        {
            double largest = gy.ReadDoubles().Max();
            return largest > 0 ? largest : 1.0;
        }

        private void ReadModels(PlanState plan, JsonPart part)
        {
            foreach (KeyValuePair<string, string> named in part.Part("calculation_models").Texts())
            {
                CalculationType type;
                if (CaseWords.TryModelType(named.Key, out type))
                {
                    plan.Models[type] = named.Value;
                    _database.AddModel(type, named.Value);
                }
                else
                {
                    plan.OtherModels[named.Key] = named.Value;
                }
            }
            string model;
            if (!plan.Models.TryGetValue(CalculationType.PhotonVolumeDose, out model))
            {
                return;
            }
            Dictionary<string, string> options = new Dictionary<string, string>(_database.Defaults(model));
            foreach (KeyValuePair<string, string> option in part.Part("calculation_options").Texts())
            {
                string key = options.Keys.FirstOrDefault(
                    k => k == option.Key || k.EndsWith("/@" + option.Key, StringComparison.Ordinal));
                options[key ?? option.Key] = option.Value;
            }
            plan.Options[model] = options;
        }

        private BeamState Beam(JsonPart part)
        {
            BeamState beam = new BeamState();
            beam.Number = part.Whole("number");
            beam.Id = part.Text("name");
            beam.Machine = part.Text("machine");
            beam.EnergyMv = part.Number("energy_mv");
            beam.FlatteningFilterFree = part.Text("fluence_mode") == "FFF";
            beam.Technique = part.Text("technique");
            beam.Isocentre = Vector(part.Numbers("isocentre_mm", 3), 0, 1);
            beam.SadMm = part.Number("sad_mm");
            beam.MetersetMu = part.Number("meterset_mu");
            beam.IsSetup = part.Flag("is_setup");
            // Dose rates are not in a case: the highest of each mode of a TrueBeam.
            beam.DoseRate = !beam.FlatteningFilterFree ? 600 : beam.EnergyMv > 6 ? 2400 : 1400;
            beam.MlcBoundaries = part.Has("mlc_boundaries")
                ? new NpyArray(_folder, part.Part("mlc_boundaries")).ReadDoubles() : null;
            NpyArray leaves = part.Has("leaves") ? new NpyArray(_folder, part.Part("leaves")) : null;
            beam.Points = part.Parts("control_points").Select(p => Point(p, leaves)).ToList();
            if (beam.Points.Count == 1)
            {
                // A case may leave out the second one, which an open field has too.
                beam.Points.Add(beam.Points[0].Copy());
                beam.Points[1].MetersetWeight = 1.0;
            }
            beam.Fluence = part.Has("fluence") ? Fluence(part.Part("fluence")) : null;
            return beam;
        }

        private static ControlPointState Point(JsonPart part, NpyArray leaves)
        {
            double[] x = part.Numbers("jaws_x_mm", 2);
            double[] y = part.Numbers("jaws_y_mm", 2);
            ControlPointState point = new ControlPointState();
            point.MetersetWeight = part.Number("meterset_weight");
            point.GantryDeg = part.Number("gantry_deg");
            point.CollimatorDeg = part.Number("collimator_deg");
            point.CouchDeg = part.Number("couch_deg");
            point.Jaws = new VRect<double>(x[0], y[0], x[1], y[1]);
            if (part.Has("leaves_row") && leaves != null)
            {
                int pairs = leaves.Shape[2];
                point.Leaves = new double[2, pairs];
                Buffer.BlockCopy(leaves.ReadDoubles(), part.Whole("leaves_row") * 2 * pairs * sizeof(double),
                    point.Leaves, 0, 2 * pairs * sizeof(double));
            }
            return point;
        }

        private Fluence Fluence(JsonPart part)
        {
            if (part.Number("spacing_mm") != FluencePixelMm)
            {
                throw new InvalidDataException("a fluence must have pixels of 2.5 mm");
            }
            NpyArray array = new NpyArray(_folder, part.Part("array"));
            float[] values = new float[array.Shape[0] * array.Shape[1]];
            array.ReadFloats(0, values);
            float[,] pixels = new float[array.Shape[0], array.Shape[1]];
            Buffer.BlockCopy(values, 0, pixels, 0, values.Length * sizeof(float));
            return new Fluence(pixels, part.Number("x_origin_mm"), part.Number("y_origin_mm"));
        }

        private static GridState Grid(JsonPart part)
        {
            double[] direction = part.Numbers("direction", 9);  // row-major, columns are the axes
            return new GridState(
                Array.ConvertAll(part.Numbers("size", 3), n => (int)n), part.Numbers("spacing_mm", 3),
                Vector(part.Numbers("origin_mm", 3), 0, 1),
                new[] { Vector(direction, 0, 3), Vector(direction, 1, 3), Vector(direction, 2, 3) });
        }

        private static VVector Vector(double[] numbers, int first, int step)
        {
            return new VVector(numbers[first], numbers[first + step], numbers[first + 2 * step]);
        }
    }
}
