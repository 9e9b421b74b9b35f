// Rows in comments are those of the table of traps in docs/reference/mock-esapi.md.
using System;
using System.Collections.Generic;
using System.Linq;
using EsapiBridge.Mock;
using VMS.TPS.Common.Model.Types;

namespace VMS.TPS.Common.Model.API
{
    /// <summary>
    /// Arcs by script (row 54). Angles in [0, 360) and the number of control points of VMAT and conformal arcs are
    /// documented (ESAPI 15.6); control points of other arcs, jaws and leaves at the beginning are assumed.
    /// </summary>
    public partial class ExternalPlanSetup
    {
        private const double OpenArcStepDeg = 5.0;
        private static readonly VRect<double> FirstJaws = new VRect<double>(-50, -50, 50, 50);

        /// <summary>Adds an arc without MLC (ExternalPlanSetup.AddArcBeam, ESAPI 15.6).</summary>
        public Beam AddArcBeam(
            ExternalBeamMachineParameters machineParameters, VRect<double> jawPositions, double collimatorAngle,
            double gantryAngle, double gantryStop, GantryDirection gantryDirection, double patientSupportAngle,
            VVector isocenter)
        {
            return AddArc(machineParameters, null, new float[0, 0], jawPositions, collimatorAngle, gantryAngle, gantryStop,
                gantryDirection, patientSupportAngle, isocenter, null);
        }

        /// <summary>
        /// Adds an arc whose leaves stand still (ExternalPlanSetup.AddMLCArcBeam, ESAPI 15.6); null leaves are at the jaws.
        /// </summary>
        public Beam AddMLCArcBeam(
            ExternalBeamMachineParameters machineParameters, float[,] leafPositions, VRect<double> jawPositions,
            double collimatorAngle, double gantryAngle, double gantryStop, GantryDirection gantryDirection,
            double patientSupportAngle, VVector isocenter)
        {
            return AddArc(machineParameters, null, leafPositions ?? AtJaws(machineParameters, jawPositions), jawPositions,
                collimatorAngle, gantryAngle, gantryStop, gantryDirection, patientSupportAngle, isocenter, MLCPlanType.Static);
        }

        /// <summary>
        /// Adds an arc whose leaves are to follow a target (ExternalPlanSetup.AddConformalArcBeam, ESAPI 15.6); jaws and
        /// leaves open 10 x 10 cm2.
        /// </summary>
        public Beam AddConformalArcBeam(
            ExternalBeamMachineParameters machineParameters, double collimatorAngle, int controlPointCount,
            double gantryAngle, double gantryStop, GantryDirection gantryDirection, double patientSupportAngle,
            VVector isocenter)
        {
            Writing();
            Require(controlPointCount >= 2, "two or more control points");
            double[] weights = Enumerable.Range(0, controlPointCount).Select(n => n / (controlPointCount - 1.0)).ToArray();
            return AddArc(machineParameters, weights, AtJaws(machineParameters, FirstJaws), FirstJaws, collimatorAngle,
                gantryAngle, gantryStop, gantryDirection, patientSupportAngle, isocenter, MLCPlanType.ArcDynamic);
        }

        /// <summary>
        /// Adds a VMAT arc with a control point for every meterset weight (ExternalPlanSetup.AddVMATBeam, ESAPI 15.6);
        /// jaws and leaves open 10 x 10 cm2.
        /// </summary>
        public Beam AddVMATBeam(
            ExternalBeamMachineParameters machineParameters, IEnumerable<double> metersetWeights, double collimatorAngle,
            double gantryAngle, double gantryStop, GantryDirection gantryDirection, double patientSupportAngle,
            VVector isocenter)
        {
            Writing();
            return AddArc(machineParameters, (metersetWeights ?? new double[0]).ToArray(),
                AtJaws(machineParameters, FirstJaws), FirstJaws, collimatorAngle, gantryAngle, gantryStop, gantryDirection,
                patientSupportAngle, isocenter, MLCPlanType.VMAT);
        }

        private Beam AddArc(
            ExternalBeamMachineParameters machine, double[] weights, float[,] leaves, VRect<double> jaws, double collimator,
            double start, double stop, GantryDirection direction, double couch, VVector isocentre, MLCPlanType? type)
        {
            Writing();
            Require(start >= 0 && start < 360 && stop >= 0 && stop < 360, "angles from 0 to less than 360");
            Require(direction != GantryDirection.None, "a direction of the gantry");
            double turn = direction == GantryDirection.Clockwise ? (stop - start + 360) % 360 : -((start - stop + 360) % 360);
            Require(turn != 0, "a gantry that turns");
            if (weights == null)
            {
                int steps = (int)Math.Ceiling(Math.Abs(turn) / OpenArcStepDeg);
                weights = Enumerable.Range(0, steps + 1).Select(n => n / (double)steps).ToArray();
            }
            // A case folder states no direction: the gantry goes the shorter way from point to point.
            Require(weights.Length >= 2 && Math.Abs(turn) / (weights.Length - 1) < 180,
                "control points less than 180 degrees apart");
            Beam added = Add(machine, "ARC", weights, leaves, jaws, collimator, start, couch, isocentre, false);
            List<ControlPointState> points = added.BeamState.Points;
            for (int n = 0; n < points.Count; n++)
            {
                points[n].GantryDeg = n == points.Count - 1 ? stop : (start + turn * n / (points.Count - 1) + 360) % 360;
            }
            added.BeamState.MlcType = type;
            return added;
        }

        /// <summary>Leaves of the machine that open as far as the jaws.</summary>
        private float[,] AtJaws(ExternalBeamMachineParameters machine, VRect<double> jaws)
        {
            int pairs = Known(machine == null ? null : machine.MachineId).Length - 1;
            float[,] leaves = new float[2, pairs];
            for (int leaf = 0; leaf < pairs; leaf++)
            {
                leaves[0, leaf] = (float)jaws.X1;
                leaves[1, leaf] = (float)jaws.X2;
            }
            return leaves;
        }
    }
}
