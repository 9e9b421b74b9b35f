// Rows in comments are those of the table of traps in docs/reference/mock-esapi.md.
using System;
using System.Globalization;

namespace VMS.TPS.Common.Model.Types
{
    /// <summary>
    /// A dose together with its unit. Values of different units do not mix: comparing, adding, subtracting or dividing
    /// them throws <see cref="ArithmeticException"/> (row 11).
    /// </summary>
    public struct DoseValue : IComparable<DoseValue>, IEquatable<DoseValue>
    {
        /// <summary>Unit of dose.</summary>
        public enum DoseUnit
        {
            /// <summary>Not known.</summary>
            Unknown = 0,
            /// <summary>Gray.</summary>
            Gy = 1,
            /// <summary>Centigray.</summary>
            cGy = 2,
            /// <summary>Per cent of the prescription.</summary>
            Percent = 3
        }

        private readonly double _dose;
        private readonly DoseUnit _unit;

        /// <summary>Makes a dose of a number and the name of its unit: "Gy", "cGy" or "%".</summary>
        public DoseValue(double value, string unitName)
        {
            _dose = value;
            _unit = unitName == "Gy" ? DoseUnit.Gy
                : unitName == "cGy" ? DoseUnit.cGy
                : unitName == "%" || unitName == "Percent" ? DoseUnit.Percent
                : DoseUnit.Unknown;
        }

        /// <summary>Makes a dose of a number and its unit.</summary>
        public DoseValue(double value, DoseUnit unit)
        {
            _dose = value;
            _unit = unit;
        }

        /// <summary>The number; not a number if undefined.</summary>
        public double Dose { get { return _dose; } }

        /// <summary>The unit.</summary>
        public DoseUnit Unit { get { return _unit; } }

        /// <summary>The unit as text.</summary>
        public string UnitAsString
        {
            get
            {
                switch (_unit)
                {
                    case DoseUnit.Gy: return "Gy";
                    case DoseUnit.cGy: return "cGy";
                    case DoseUnit.Percent: return "%";
                    default: return "Unknown";
                }
            }
        }

        /// <summary>The number as text, with <see cref="Decimals"/> decimals.</summary>
        public string ValueAsString
        {
            get { return double.IsNaN(_dose) ? "N/A" : _dose.ToString("F" + Decimals, CultureInfo.InvariantCulture); }
        }

        /// <summary>How many decimals are shown.</summary>
        public int Decimals { get { return _unit == DoseUnit.Gy ? 3 : 1; } }

        /// <summary>The dose that stands for none.</summary>
        public static DoseValue UndefinedDose()
        {
            return new DoseValue(double.NaN, DoseUnit.Unknown);
        }

        /// <summary>The dose that stands for none.</summary>
        public static DoseValue Undefined { get { return UndefinedDose(); } }

        /// <summary>Whether the number is not a number.</summary>
        public bool IsUndefined() { return double.IsNaN(_dose); }

        /// <summary>Whether the unit is Gy or cGy.</summary>
        public bool IsAbsoluteDoseValue { get { return IsAbsoluteDoseUnit(_unit); } }

        /// <summary>Whether the unit is per cent.</summary>
        public bool IsRelativeDoseValue { get { return IsRelativeDoseUnit(_unit); } }

        /// <summary>Whether a unit is Gy or cGy.</summary>
        public static bool IsAbsoluteDoseUnit(DoseUnit doseUnit)
        {
            return doseUnit == DoseUnit.Gy || doseUnit == DoseUnit.cGy;
        }

        /// <summary>Whether a unit is per cent.</summary>
        public static bool IsRelativeDoseUnit(DoseUnit doseUnit)
        {
            return doseUnit == DoseUnit.Percent;
        }

        /// <summary>Order of two doses of one unit.</summary>
        public int CompareTo(DoseValue other)
        {
            RequireSameUnit(this, other);
            return _dose.CompareTo(other._dose);
        }

        /// <summary>Whether number and unit are equal.</summary>
        public bool Equals(DoseValue other)
        {
            return _unit == other._unit && _dose.Equals(other._dose);
        }

        /// <summary>Whether two doses of one unit differ by no more than <paramref name="epsilon"/>.</summary>
        public bool Equals(DoseValue other, double epsilon)
        {
            RequireSameUnit(this, other);
            return Math.Abs(_dose - other._dose) <= epsilon;
        }

        /// <summary>Whether number and unit are equal.</summary>
        public override bool Equals(object obj)
        {
            return obj is DoseValue && Equals((DoseValue)obj);
        }

        /// <summary>Hash of number and unit.</summary>
        public override int GetHashCode()
        {
            return _dose.GetHashCode() ^ (int)_unit;
        }

        /// <summary>Number and unit.</summary>
        public override string ToString()
        {
            return ValueAsString + " " + UnitAsString;
        }

        /// <summary>Whether number and unit are equal.</summary>
        public static bool operator ==(DoseValue dv1, DoseValue dv2) { return dv1.Equals(dv2); }

        /// <summary>Whether number or unit differ.</summary>
        public static bool operator !=(DoseValue dv1, DoseValue dv2) { return !dv1.Equals(dv2); }

        /// <summary>Whether the first is smaller.</summary>
        public static bool operator <(DoseValue dv1, DoseValue dv2)
        {
            RequireSameUnit(dv1, dv2);
            return dv1._dose < dv2._dose;
        }

        /// <summary>Whether the first is larger.</summary>
        public static bool operator >(DoseValue dv1, DoseValue dv2)
        {
            RequireSameUnit(dv1, dv2);
            return dv1._dose > dv2._dose;
        }

        /// <summary>Whether the first is not larger.</summary>
        public static bool operator <=(DoseValue dv1, DoseValue dv2)
        {
            RequireSameUnit(dv1, dv2);
            return dv1._dose <= dv2._dose;
        }

        /// <summary>Whether the first is not smaller.</summary>
        public static bool operator >=(DoseValue dv1, DoseValue dv2)
        {
            RequireSameUnit(dv1, dv2);
            return dv1._dose >= dv2._dose;
        }

        /// <summary>Sum.</summary>
        public static DoseValue operator +(DoseValue dv1, DoseValue dv2)
        {
            RequireSameUnit(dv1, dv2);
            return new DoseValue(dv1._dose + dv2._dose, dv1._unit);
        }

        /// <summary>Difference.</summary>
        public static DoseValue operator -(DoseValue dv1, DoseValue dv2)
        {
            RequireSameUnit(dv1, dv2);
            return new DoseValue(dv1._dose - dv2._dose, dv1._unit);
        }

        /// <summary>Product with a number.</summary>
        public static DoseValue operator *(DoseValue dv, double dbl)
        {
            return new DoseValue(dv._dose * dbl, dv._unit);
        }

        /// <summary>Product with a number.</summary>
        public static DoseValue operator *(double dbl, DoseValue dv)
        {
            return dv * dbl;
        }

        /// <summary>Quotient by a number.</summary>
        public static DoseValue operator /(DoseValue dv, double dbl)
        {
            return new DoseValue(dv._dose / dbl, dv._unit);
        }

        /// <summary>Ratio of two doses of one unit.</summary>
        public static double operator /(DoseValue dv1, DoseValue dv2)
        {
            RequireSameUnit(dv1, dv2);
            return dv1._dose / dv2._dose;
        }

        private static void RequireSameUnit(DoseValue a, DoseValue b)
        {
            if (a._unit != b._unit)
            {
                throw new ArithmeticException(
                    "expected two doses of one unit, found " + a.UnitAsString + " and " + b.UnitAsString);
            }
        }
    }
}
