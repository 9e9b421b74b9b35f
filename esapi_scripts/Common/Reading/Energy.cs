using System.Globalization;
using System.Text.RegularExpressions;

namespace EsapiBridge.Scripts
{
    /// <summary>A photon energy as Eclipse displays it: "6X", "10X-FFF".</summary>
    public struct Energy
    {
        private static readonly Regex Display = new Regex("^([0-9]+(?:[.][0-9]+)?)X(-FFF)?$");

        /// <summary>Nominal energy, MV.</summary>
        public readonly double Megavolt;

        /// <summary>Whether there is no flattening filter.</summary>
        public readonly bool IsFlatteningFilterFree;

        private Energy(double megavolt, bool isFlatteningFilterFree)
        {
            Megavolt = megavolt;
            IsFlatteningFilterFree = isFlatteningFilterFree;
        }

        /// <summary>Reads the name of an energy mode; false for electrons, SRS and everything else.</summary>
        public static bool TryParse(string name, out Energy energy)
        {
            Match match = Display.Match(name ?? "");
            energy = default(Energy);
            if (match.Success)
            {
                double megavolt = double.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture);
                energy = new Energy(megavolt, match.Groups[2].Success);
            }
            return match.Success;
        }
    }
}
