
namespace VMS.TPS.Common.Model.API
{
    /// <summary>Leaf positions as the API shows them, and as they are kept.</summary>
    internal static class LeafTable
    {
        internal static float[,] ToApi(double[,] leaves)
        {
            if (leaves == null)
            {
                return new float[0, 0];
            }
            float[,] table = new float[leaves.GetLength(0), leaves.GetLength(1)];
            for (int bank = 0; bank < table.GetLength(0); bank++)
            {
                for (int leaf = 0; leaf < table.GetLength(1); leaf++)
                {
                    table[bank, leaf] = (float)leaves[bank, leaf];
                }
            }
            return table;
        }

        internal static double[,] FromApi(float[,] table)
        {
            if (table.Length == 0)
            {
                return null;
            }
            double[,] leaves = new double[table.GetLength(0), table.GetLength(1)];
            for (int bank = 0; bank < leaves.GetLength(0); bank++)
            {
                for (int leaf = 0; leaf < leaves.GetLength(1); leaf++)
                {
                    leaves[bank, leaf] = table[bank, leaf];
                }
            }
            return leaves;
        }

        /// <summary>Whether bank 0 is nowhere beyond bank 1 and every position is a number.</summary>
        internal static bool IsOpen(float[,] table)
        {
            if (table.Length > 0 && table.GetLength(0) != 2)
            {
                return false;
            }
            for (int leaf = 0; leaf < table.GetLength(1); leaf++)
            {
                if (!(table[0, leaf] <= table[1, leaf]))
                {
                    return false;
                }
            }
            return true;
        }
    }
}
