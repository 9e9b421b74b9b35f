using System;
using System.Globalization;
using System.Numerics;

namespace EsapiBridge.Mock
{
    /// <summary>New DICOM unique identifiers, "2.25." and a random UUID as a number (PS3.5 B.2).</summary>
    internal static class Uids
    {
        internal static string New()
        {
            byte[] bytes = new byte[17];  // the last byte keeps the number positive
            Guid.NewGuid().ToByteArray().CopyTo(bytes, 0);
            return "2.25." + new BigInteger(bytes).ToString(CultureInfo.InvariantCulture);
        }
    }
}
