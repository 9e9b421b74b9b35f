// Rows in comments are those of the table of traps in docs/reference/mock-esapi.md.
using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Text.RegularExpressions;
using EsapiBridge.Mock;
using VMS.TPS.Common.Model.Types;

namespace VMS.TPS.Common.Model.API
{
    /// <summary>Adding and removing beams; either drops the plan's dose (row 28).</summary>
    public partial class ExternalPlanSetup
    {
        private static readonly Regex Energy = new Regex(@"\A([0-9]+(?:\.[0-9]+)?)X(-FFF)?\z");
        private const double SourceAxisDistanceMm = 1000.0;
        // Until a calculation says otherwise; real beams have none before (assumed).
        private const double FirstMetersetMu = 100.0;

        /// <summary>40 pairs of 5 mm between 10 of 10 mm on either side, mm; source in esapi_bridge/planning/mlc.py.</summary>
        private static readonly double[] Millennium120 = Enumerable.Range(0, 61)
            .Select(n => n <= 10 ? -200.0 + 10 * n : n <= 50 ? -100.0 + 5 * (n - 10) : 100.0 + 10 * (n - 50)).ToArray();

        /// <summary>Adds an open beam.</summary>
        public Beam AddStaticBeam(
            ExternalBeamMachineParameters machineParameters, VRect<double> jawPositions, double collimatorAngle,
            double gantryAngle, double patientSupportAngle, VVector isocenter)
        {
            return AddMLCBeam(machineParameters, new float[0, 0], jawPositions, collimatorAngle, gantryAngle,
                patientSupportAngle, isocenter);
        }

        /// <summary>Adds a beam shaped by the MLC.</summary>
        public Beam AddMLCBeam(
            ExternalBeamMachineParameters machineParameters, float[,] leafPositions, VRect<double> jawPositions,
            double collimatorAngle, double gantryAngle, double patientSupportAngle, VVector isocenter)
        {
            return Add(machineParameters, "STATIC", new[] { 0.0, 1.0 }, leafPositions ?? new float[0, 0], jawPositions,
                collimatorAngle, gantryAngle, patientSupportAngle, isocenter, false);
        }

        /// <summary>Adds a sliding window beam, jaws at 10 x 10 cm2 (assumed), for which leaves are still to be found.</summary>
        public Beam AddSlidingWindowBeam(
            ExternalBeamMachineParameters machineParameters, IEnumerable<double> metersetWeights, double collimatorAngle,
            double gantryAngle, double patientSupportAngle, VVector isocenter)
        {
            return Add(machineParameters, "DYNAMIC", (metersetWeights ?? new double[0]).ToArray(), new float[0, 0],
                new VRect<double>(-50, -50, 50, 50), collimatorAngle, gantryAngle, patientSupportAngle, isocenter, false);
        }

#if ESAPI_16
        /// <summary>Adds a set-up field.</summary>
        public Beam AddSetupBeam(
            ExternalBeamMachineParameters machineParameters, VRect<double> jawPositions, double collimatorAngle,
            double gantryAngle, double patientSupportAngle, VVector isocenter)
        {
            return Add(machineParameters, "STATIC", new[] { 0.0, 1.0 }, new float[0, 0], jawPositions, collimatorAngle,
                gantryAngle, patientSupportAngle, isocenter, true);
        }
#endif

        /// <summary>Removes a beam.</summary>
        public void RemoveBeam(Beam beam)
        {
            Writing();
            if (beam == null || !Self.Beams.Contains(beam.BeamState))
            {
                throw new ArgumentException("expected a beam of this plan");
            }
            beam.State.Removed = true;
            Self.Beams.Remove(beam.BeamState);
            Changed();
        }

        private Beam Add(
            ExternalBeamMachineParameters machine, string technique, double[] weights, float[,] leaves, VRect<double> jaws,
            double collimator, double gantry, double couch, VVector isocentre, bool isSetup)
        {
            Writing();
            Match energy = Energy.Match((machine == null ? null : machine.EnergyModeId) ?? "");
            // What is refused is assumed: what no machine could deliver.
            Require(machine != null && !string.IsNullOrEmpty(machine.MachineId), "a machine");
            Require(energy.Success, "a photon energy such as 6X");
            string expected = technique == "ARC" ? "ARC" : "STATIC";
            Require(machine.TechniqueId == expected, "the technique " + expected);
            Require(string.IsNullOrEmpty(machine.PrimaryFluenceModeId) || machine.PrimaryFluenceModeId == "FFF",
                "no fluence mode or FFF; others are not in the mock");
            Require(new[] { collimator, gantry, couch }.All(a => a >= 0 && a < 360), "angles from 0 to less than 360");
            Require(jaws.X1 < jaws.X2 && jaws.Y1 < jaws.Y2, "jaws that open, X1 < X2 and Y1 < Y2");
            Require(LeafTable.IsOpen(leaves), "leaves [2, n] that open");
            Require(weights.Length >= 2 && weights[0] == 0 && !weights.Zip(weights.Skip(1), (a, b) => a <= b).Contains(false)
                && weights[weights.Length - 1] > 0, "two or more meterset weights that rise from 0");
            Require(isocentre.Length >= 0, "an isocentre of numbers");
            BeamState beam = new BeamState();
            beam.Number = Self.Beams.Select(b => b.Number).DefaultIfEmpty(0).Max() + 1;
            beam.Id = IdRules.Fresh("Field ", Self.Beams.Select(b => b.Id));
            beam.Machine = machine.MachineId;
            beam.EnergyMv = double.Parse(energy.Groups[1].Value, CultureInfo.InvariantCulture);
            beam.FlatteningFilterFree = energy.Groups[2].Success || machine.PrimaryFluenceModeId == "FFF";
            beam.Technique = technique;
            beam.Isocentre = isocentre;
            beam.SadMm = SourceAxisDistanceMm;
            beam.MetersetMu = isSetup ? 0 : FirstMetersetMu;
            beam.WeightFactor = isSetup ? 0 : 1;
            beam.DoseRate = machine.DoseRate;
            beam.IsSetup = isSetup;
            beam.MlcBoundaries = Boundaries(machine.MachineId, leaves.GetLength(1));
            beam.LeafMotionsMissing = technique == "DYNAMIC";
            beam.Points = weights.Select(weight => new ControlPointState
            {
                MetersetWeight = weight,
                GantryDeg = gantry,
                CollimatorDeg = collimator,
                CouchDeg = couch,
                Jaws = jaws,
                Leaves = LeafTable.FromApi(leaves)
            }).ToList();
            Self.Beams.Add(beam);
            Changed();
            return new Beam(Patients, Self, beam);
        }

        /// <summary>Leaf boundaries of a machine: those of its other beams, else those of the Millennium 120.</summary>
        private double[] Boundaries(string machine, int pairs)
        {
            if (pairs == 0)
            {
                return null;
            }
            double[] known = Known(machine);
            Require(known.Length == pairs + 1, (known.Length - 1) + " pairs of leaves, as the machine has");
            return known;
        }

        private double[] Known(string machine)
        {
            return Patients.Courses.SelectMany(c => c.Plans).SelectMany(p => p.Beams)
                .Where(b => b.Machine == machine && b.MlcBoundaries != null).Select(b => b.MlcBoundaries).FirstOrDefault()
                ?? Millennium120;
        }

        private void Changed()
        {
            Self.InvalidateDose();
            Self.Changed = true;
        }

        private static void Require(bool valid, string expected)
        {
            if (!valid)
            {
                throw new ArgumentException("the beam cannot be added: expected " + expected);
            }
        }
    }
}
