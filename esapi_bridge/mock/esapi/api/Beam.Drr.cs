using System;
using VMS.TPS.Common.Model.Types;

namespace VMS.TPS.Common.Model.API
{
    // Digitally reconstructed radiographs are not in the mock.
    public partial class Beam
    {
        /// <summary>The DRR; null, as there is none (Beam.ReferenceImage, ESAPI 15.6).</summary>
        public Image ReferenceImage { get { Reading(); return null; } }

        /// <summary>Makes a DRR (Beam.CreateOrReplaceDRR, ESAPI 15.6); the mock refuses.</summary>
        public Image CreateOrReplaceDRR(DRRCalculationParameters parameters)
        {
            Writing();
            throw new NotSupportedException("not in the mock: digitally reconstructed radiographs");
        }
    }
}
