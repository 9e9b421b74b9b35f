using System;
using System.Collections.Generic;
using System.Linq;
using VMS.TPS.Common.Model.Types;

namespace EsapiBridge.Mock
{
    /// <summary>Leaves around a silhouette, mm.</summary>
    internal static class LeafFit
    {
        /// <summary>Positions [bank, leaf].</summary>
        /// <exception cref="ApplicationException">No leaf pair would open.</exception>
        internal static double[,] Around(
            Silhouette seen, double[] boundaries, OpenLeavesMeetingPoint meeting, ClosedLeavesMeetingPoint parking)
        {
            VRect<double> box = seen.Box;
            double parked = parking == ClosedLeavesMeetingPoint.ClosedLeavesMeetingPoint_BankOne ? box.X1
                : parking == ClosedLeavesMeetingPoint.ClosedLeavesMeetingPoint_BankTwo ? box.X2 : (box.X1 + box.X2) / 2;
            double[,] leaves = new double[2, boundaries.Length - 1];
            bool isOpen = false;
            for (int n = 0; n < boundaries.Length - 1; n++)
            {
                double[] ends = seen.Ends(boundaries[n], boundaries[n + 1], meeting);
                isOpen |= ends != null;
                // As exact as a case folder keeps them.
                leaves[0, n] = (float)(ends == null ? parked : ends[0]);
                leaves[1, n] = (float)(ends == null ? parked : ends[1]);
            }
            if (!isOpen)
            {
                throw new ApplicationException("no leaf pair opens: what is fitted is too small or not under the leaves");
            }
            return leaves;
        }

        /// <summary>Rectangle around the open leaf pairs.</summary>
        internal static VRect<double> Opening(List<double[,]> leaves, double[] boundaries)
        {
            int[] pairs = Enumerable.Range(0, boundaries.Length - 1).Where(n => leaves.Any(l => l[0, n] < l[1, n])).ToArray();
            return new VRect<double>(
                leaves.Min(l => pairs.Where(n => l[0, n] < l[1, n]).Min(n => l[0, n])), boundaries[pairs.First()],
                leaves.Max(l => pairs.Where(n => l[0, n] < l[1, n]).Max(n => l[1, n])), boundaries[pairs.Last() + 1]);
        }
    }
}
