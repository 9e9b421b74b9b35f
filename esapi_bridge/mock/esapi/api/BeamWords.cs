using System.Globalization;
using System.Linq;
using EsapiBridge.Mock;
using VMS.TPS.Common.Model.Types;

namespace VMS.TPS.Common.Model.API
{
    /// <summary>What the API calls the kinds of a beam.</summary>
    internal static class BeamWords
    {
        internal static string Energy(BeamState beam)
        {
            return beam.EnergyMv.ToString("0.###", CultureInfo.InvariantCulture) + "X"
                + (beam.FlatteningFilterFree ? "-FFF" : "");
        }

        internal static MLCPlanType MlcPlanType(BeamState beam)
        {
            if (!beam.HasMlc)
            {
                return MLCPlanType.NotDefined;
            }
            if (beam.MlcType.HasValue)
            {
                return beam.MlcType.Value;
            }
            if (beam.IsArc)
            {
                return LeavesMove(beam) ? MLCPlanType.VMAT : MLCPlanType.Static;
            }
            return beam.Technique == "DYNAMIC" ? MLCPlanType.DoseDynamic : MLCPlanType.Static;
        }

        internal static GantryDirection Direction(BeamState beam)
        {
            if (!beam.IsArc || beam.Points.Count < 2)
            {
                return GantryDirection.None;
            }
            // The shorter way from the first to the second control point; an arc has many of them.
            double turn = (beam.Points[1].GantryDeg - beam.Points[0].GantryDeg + 540) % 360 - 180;
            return turn >= 0 ? GantryDirection.Clockwise : GantryDirection.CounterClockwise;
        }

#if ESAPI_18
        internal static BeamTechnique Technique(BeamState beam)
        {
            if (beam.IsArc)
            {
                MLCPlanType type = MlcPlanType(beam);
                return type == MLCPlanType.VMAT ? BeamTechnique.VMAT : type == MLCPlanType.ArcDynamic
                    ? BeamTechnique.ConformalArc : beam.HasMlc ? BeamTechnique.MLCArc : BeamTechnique.Arc;
            }
            return beam.Technique == "DYNAMIC" ? BeamTechnique.SlidingWindowIMRT
                : beam.HasMlc ? BeamTechnique.MLC : BeamTechnique.Static;
        }
#endif

        private static bool LeavesMove(BeamState beam)
        {
            double[,] first = beam.Points[0].Leaves;
            return beam.Points.Any(p => p.Leaves != null && first != null
                && !p.Leaves.Cast<double>().SequenceEqual(first.Cast<double>()));
        }
    }
}
