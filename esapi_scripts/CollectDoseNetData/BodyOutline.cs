using System;
using System.Collections.Generic;
using System.Linq;
using VMS.TPS.Common.Model.API;
using VMS.TPS.Common.Model.Types;

namespace EsapiBridge.Scripts
{
    /// <summary>Where isocentres may lie: in the middle part of the body, within the dose of a plan.</summary>
    public sealed class BodyOutline
    {
        private const string BodyType = "EXTERNAL";
        private const int Tries = 10000;

        /// <summary>Share of the body's length at either end that is left out: beams must not leave the CT.</summary>
        private const double EndShare = 0.15;

        private readonly Structure _body;
        private readonly Lattice _dose;
        private readonly double[] _low = { double.MaxValue, double.MaxValue, double.MaxValue };
        private readonly double[] _high = { double.MinValue, double.MinValue, double.MinValue };

        private BodyOutline(Structure body, Lattice dose)
        {
            _body = body;
            _dose = dose;
        }

        /// <summary>Finds the body of a structure set.</summary>
        /// <param name="structures">The structure set.</param>
        /// <param name="plan">The plan whose dose the isocentres must lie in; null for none.</param>
        /// <exception cref="RefusedException">There is not one body with contours.</exception>
        public static BodyOutline Require(StructureSet structures, PlanSetup plan)
        {
            List<Structure> bodies = structures.Structures
                .Where(structure => structure.DicomType == BodyType && structure.HasSegment && !structure.IsEmpty).ToList();
            if (bodies.Count != 1)
            {
                throw new RefusedException("doses need one body outline (a structure of type EXTERNAL with contours), found "
                    + bodies.Count + ": draw it, then start again");
            }
            BodyOutline outline = new BodyOutline(bodies[0], plan == null ? null : EsapiGeometry.Of(plan.Dose));
            for (int plane = 0; plane < structures.Image.ZSize; plane++)
            {
                outline.Reach(bodies[0].GetContoursOnImagePlane(plane));
            }
            return outline;
        }

        /// <summary>Draws a point, to whole millimetres.</summary>
        /// <exception cref="RefusedException">None was found.</exception>
        public VVector Draw(Draws draws)
        {
            double end = EndShare * (_high[2] - _low[2]);
            for (int count = 0; count < Tries; count++)
            {
                VVector point = new VVector(
                    Math.Round(draws.Next(_low[0], _high[0])),
                    Math.Round(draws.Next(_low[1], _high[1])),
                    Math.Round(draws.Next(_low[2] + end, _high[2] - end)));
                if (_body.IsPointInsideSegment(point) && IsInDose(point))
                {
                    return point;
                }
            }
            throw new RefusedException("an isocentre must lie in the body and within the dose of the open plan, found no such point: "
                + "open a plan whose dose covers the body");
        }

        private void Reach(IEnumerable<VVector[]> contours)
        {
            foreach (VVector point in contours.SelectMany(contour => contour))
            {
                double[] at = EsapiGeometry.Point(point);
                for (int axis = 0; axis < 3; axis++)
                {
                    _low[axis] = Math.Min(_low[axis], at[axis]);
                    _high[axis] = Math.Max(_high[axis], at[axis]);
                }
            }
        }

        private bool IsInDose(VVector point)
        {
            if (_dose == null)
            {
                return true;
            }
            double[] index = _dose.ToIndex(EsapiGeometry.Point(point));
            return Enumerable.Range(0, 3).All(axis => index[axis] >= 0 && index[axis] <= _dose.Size[axis] - 1);
        }
    }
}
