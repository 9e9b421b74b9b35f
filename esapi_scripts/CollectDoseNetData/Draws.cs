using System.Globalization;
using System.Text;

namespace EsapiBridge.Scripts
{
    /// <summary>
    /// Random numbers that a text decides: the same text gives the same numbers on every computer, whatever was drawn for
    /// other texts, so that a field keeps its geometry however often a collection is interrupted.
    /// </summary>
    public sealed class Draws
    {
        private const int Digits = 13;
        private readonly string _text;
        private int _drawn;

        /// <summary>Begins a sequence.</summary>
        public Draws(string text)
        {
            _text = text;
        }

        /// <summary>The next number, evenly spread from low up to, but not including, high.</summary>
        public double Next(double low, double high)
        {
            string digest = Sha256.Of(Encoding.UTF8.GetBytes(_text + " " + _drawn++));
            ulong bits = ulong.Parse(digest.Substring(0, Digits), NumberStyles.HexNumber, CultureInfo.InvariantCulture);
            return low + ((high - low) * bits / (double)(1UL << (4 * Digits)));
        }
    }
}
