// Rows in comments are those of the table of traps in docs/reference/mock-esapi.md.
using EsapiBridge.Mock;
using VMS.TPS.Common.Model.Types;

namespace VMS.TPS.Common.Model.API
{
    /// <summary>Whether a beam takes a fluence (rows 18, 19, 21, 22, 23).</summary>
    internal static class FluenceRules
    {
        private const int MinSizePixel = 2;

        /// <summary>What is wrong; null if nothing is. The texts are assumed.</summary>
        internal static string Fault(BeamState beam, Fluence fluence)
        {
            if (fluence == null || fluence.XSizePixel == 0 || fluence.YSizePixel == 0)
            {
                return "expected a fluence with pixels, found none";
            }
            if (beam.IsSetup)
            {
                return "expected a treatment beam, found a set-up field";
            }
            if (beam.IsArc)
            {
                return "expected a beam of a standing gantry, found an arc";
            }
            if (fluence.XSizePixel < MinSizePixel || fluence.YSizePixel < MinSizePixel
                || fluence.XSizePixel > Fluence.MaxSizePixel || fluence.YSizePixel > Fluence.MaxSizePixel)
            {
                return "expected from 2 to 1024 rows and columns, found " + fluence.YSizePixel + " rows and "
                    + fluence.XSizePixel + " columns";
            }
            if (double.IsNaN(fluence.XOrigin + fluence.YOrigin) || double.IsInfinity(fluence.XOrigin + fluence.YOrigin))
            {
                return "expected a finite origin";
            }
            foreach (float pixel in fluence.GetPixels())
            {
                if (!(pixel >= 0) || float.IsInfinity(pixel))
                {
                    return "expected pixels that are finite and not negative, found another";
                }
            }
            return null;
        }
    }
}
