using System;
using System.Collections.Generic;
using System.Globalization;

namespace EsapiBridge.Scripts
{
    /// <summary>A goal of a plan as the worker states it, and what a delivered dose makes of it.</summary>
    public sealed class Goal
    {
        private const double CoveredShare = 0.95;
        private readonly JsonObject _stated;
        private readonly double _limit;
        private readonly bool _isUpper;

        /// <summary>Takes a goal out of a result.</summary>
        /// <exception cref="BridgeException">It is not as the worker writes one.</exception>
        public Goal(JsonObject stated)
        {
            _stated = stated;
            Text = stated.Text("text");
            Unit = stated.Text("unit");
            Wanted = Optional("wanted");
            Delivered = double.NaN;
            _limit = stated.Number("limit");
            _isUpper = stated.Text("relation") == "<=";
        }

        /// <summary>The goal in words.</summary>
        public string Text { get; private set; }

        /// <summary>Unit of its figures: "%", "Gy", "cm3" or none.</summary>
        public string Unit { get; private set; }

        /// <summary>Value in the wanted dose; not a number where there is none.</summary>
        public double Wanted { get; private set; }

        /// <summary>Value in the delivered dose; not a number where Eclipse gives none.</summary>
        public double Delivered { get; private set; }

        /// <summary>Whether the delivered dose meets it; what is not known does not.</summary>
        public bool IsMet
        {
            get { return _isUpper ? Delivered <= _limit : Delivered >= _limit; }
        }

        /// <summary>By how much it is missed, in its unit; 0 where it is met.</summary>
        public double MissedBy
        {
            get { return IsMet ? 0 : Math.Abs(Delivered - _limit); }
        }

        /// <summary>Looks at the dose of a plan.</summary>
        public void Measure(DoseStatistics dose)
        {
            List<string> structures = _stated.Texts("structures");
            double at = Optional("at");
            switch (_stated.Text("quantity"))
            {
                case "D": Delivered = 100 * dose.DoseAt(structures, at) / dose.PrescriptionGy; break;
                case "V":
                    double whole = Unit == "%" ? dose.Volume(structures) / 100 : 1;
                    Delivered = dose.VolumeFrom(structures, at) / whole;
                    break;
                case "Dmean": Delivered = dose.MeanGy(structures); break;
                case "Dmax": Delivered = dose.MaximumGy(structures); break;
                case "homogeneity":
                    Delivered = (dose.DoseAt(structures, 5) - dose.DoseAt(structures, 95)) / dose.PrescriptionGy;
                    break;
                case "conformity":
                    // The PTV comes first, the body second.
                    double covered = dose.VolumeFrom(structures.GetRange(1, 1), CoveredShare * dose.PrescriptionGy);
                    Delivered = covered / dose.Volume(structures.GetRange(0, 1));
                    break;
                default: throw new BridgeException("a goal of this version was expected, found another: repeat the installation");
            }
        }

        /// <summary>A figure of it with its unit.</summary>
        public string Figure(double value)
        {
            string format = Unit == "" ? "0.000" : Unit == "Gy" ? "0.00" : "0.0";
            return double.IsNaN(value) ? "not measured" : (value.ToString(format, CultureInfo.InvariantCulture) + " " + Unit).TrimEnd();
        }

        /// <summary>Met, or missed by how much.</summary>
        public string Verdict()
        {
            return IsMet ? "met" : double.IsNaN(Delivered) ? "not measured" : "missed by " + Figure(MissedBy);
        }

        /// <summary>The figures for the outcome file.</summary>
        public Dictionary<string, object> ToJson()
        {
            return new Dictionary<string, object>
            {
                { "text", Text },
                { "unit", Unit },
                { "limit", _limit },
                { "wanted", Wanted },
                { "delivered", Delivered },
                { "met", IsMet },
                { "missed_by", double.IsNaN(Delivered) ? double.NaN : MissedBy },
                { "source", _stated.Text("source", null) }
            };
        }

        private double Optional(string key)
        {
            return _stated.Has(key) ? _stated.Number(key) : double.NaN;
        }
    }
}
