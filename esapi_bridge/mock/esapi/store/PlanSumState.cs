// Rows in comments are those of the table of traps in docs/reference/mock-esapi.md.
using System.Collections.Generic;
using System.Linq;
using VMS.TPS.Common.Model.Types;

namespace EsapiBridge.Mock
{
    /// <summary>A plan within a sum.</summary>
    internal sealed class PlanSumPart : ObjectState
    {
        internal PlanState Plan;
        internal double Weight = 1;
        internal bool Subtracted;

        internal double Factor
        {
            get { return Subtracted ? -Weight : Weight; }
        }
    }

    /// <summary>
    /// A sum of plans. Its stored per cent are Gy, as only absolute doses are supported for sums; its dose is on the grid of
    /// its first plan's and follows what is done to the plans (row 47).
    /// </summary>
    internal sealed class PlanSumState : PlanningItemState
    {
        internal readonly List<PlanSumPart> Parts = new List<PlanSumPart>();
        private DoseState _sum;
        private string _summed;
        private List<DoseState> _doses = new List<DoseState>();

        internal PlanSumState()
        {
            Presentation = DoseValuePresentation.Absolute;
        }

        internal override bool HasScale
        {
            get { return true; }
        }

        internal override double NormalisationFactor
        {
            get { return double.NaN; }
        }

        internal override double GyPerPercent
        {
            get { return 1; }
        }

        /// <summary>Null as long as a plan has none that means Gy.</summary>
        internal override DoseState CurrentDose
        {
            get
            {
                List<DoseState> doses = Parts.ConvertAll(p => p.Plan.Dose);
                if (doses.Count == 0 || doses.Contains(null) || Parts.Any(p => double.IsNaN(p.Plan.GyPerPercent)))
                {
                    return null;
                }
                string state = string.Join(" ", Parts.Select(p =>
                    p.Plan.Dose.Version + ":" + p.Factor.ToString("R") + ":" + p.Plan.GyPerPercent.ToString("R")));
                if (_sum == null || state != _summed || !doses.SequenceEqual(_doses))
                {
                    _sum = Summed();
                    _summed = state;
                    _doses = doses;
                }
                return _sum;
            }
        }

        private DoseState Summed()
        {
            DoseState first = Parts[0].Plan.Dose;
            GridState grid = first.Grid;
            DoseState sum = new DoseState(grid, first.ScalePercent, 0);
            for (int k = 0; k < grid.Size[2]; k++)
            {
                double[] gy = new double[grid.PlaneLength];
                foreach (PlanSumPart part in Parts)
                {
                    Add(part, grid, k, gy);
                }
                int[] counts = System.Array.ConvertAll(gy, g => (int)System.Math.Round(g / sum.ScalePercent));
                sum.SetCounts(k, counts);
            }
            return sum;
        }

        private static void Add(PlanSumPart part, GridState grid, int k, double[] gy)
        {
            DoseState dose = part.Plan.Dose;
            double perPercent = part.Plan.GyPerPercent * part.Factor;
            if (dose.Grid.IsThatOf(grid))
            {
                int[] counts = dose.Plane(k);
                for (int n = 0; n < gy.Length; n++)
                {
                    gy[n] += dose.Percent(counts[n]) * perPercent;
                }
                return;
            }
            for (int n = 0; n < gy.Length; n++)
            {
                double count = Sampler.Count(dose, grid.Position(n % grid.Size[0], n / grid.Size[0], k));
                // Outside its grid a plan adds nothing.
                gy[n] += double.IsNaN(count) ? 0 : dose.Percent(count) * perPercent;
            }
        }
    }
}
